// The inbox without a view: what is held, with the marks that are still under way.

import type { Frame } from './frame.js';
import { Listeners } from './listeners.js';
import { both, markQueue, none, overlay, pend, reflects, type Marked, type MarkQueue, type MarkTarget, type Pending } from './marks.js';
import { BelfryError } from './error.js';
import { newestFirst } from './order.js';
import { apply, empty, merge, type Change, type Replica } from './replica.js';
import type { Rest } from './rest.js';
import type { Counts, CountsAt, Item, MarkAction } from './types.js';

export class Store {
  readonly rest: Rest;
  #replica: Replica;
  #pending: readonly Pending[] = [];
  readonly #queue: MarkQueue;
  /** The frames that came while a page is under way, a list for each page. */
  readonly #flights = new Set<Frame[]>();
  #shown: { items: readonly Item[]; counts: Counts } | undefined;

  readonly #changed = new Listeners<{ change(): void }>();

  constructor(rest: Rest, replica: Replica = empty) {
    this.rest = rest;
    this.#replica = replica;
    this.#queue = markQueue(rest);
  }

  get cursor(): string | undefined {
    return this.#replica.cursor;
  }

  /** Everything held, newest first, with the pending marks. */
  get items(): readonly Item[] {
    return this.#show.items;
  }

  /** The counts, with the pending marks. */
  get counts(): Counts {
    return this.#show.counts;
  }

  onChange(listener: () => void): () => void {
    return this.#changed.on('change', listener);
  }

  /** Takes a frame of the stream and says what it did. */
  take(frame: Frame): Change[] {
    for (const flight of this.#flights) flight.push(frame);
    const { replica, changes } = apply(this.#replica, frame);
    this.#set(replica, this.#pending);
    return changes;
  }

  /** Fetches a page and holds its items. false: everything was replaced meanwhile, fetch it again. */
  async fetch<Page extends { items: readonly Item[]; counts: CountsAt; cursor: string }>(page: Promise<Page>): Promise<Page | false> {
    const flight: Frame[] = [];
    this.#flights.add(flight);
    try {
      const got = await page;
      const replica = merge(this.#replica, got.items, flight);
      if (!replica) return false;
      // Until the stream has said better.
      const { counts = got.counts, countsCursor = got.cursor } = replica;
      this.#set({ ...replica, counts, countsCursor }, this.#pending);
      return got;
    } finally {
      this.#flights.delete(flight);
    }
  }

  /** Drops what was seen through a subscription that has ended. */
  forget(topic: string): void {
    const kept = [...this.#replica.items].filter(([, i]) => i.inbox !== false || !('topic' in i.to && i.to.topic === topic));
    this.#set({ ...this.#replica, items: new Map(kept) }, this.#pending);
  }

  /** Shows a mark at once and sends it; it is taken back when it is refused. */
  mark(action: MarkAction, target: MarkTarget, until?: string): Promise<Marked> {
    const pending = pend(this.#replica, this.items, this.counts, action, target, until);
    const { mark } = pending;
    const become = (by: (now: Pending) => Pending[]): void =>
      this.#set(this.#replica, this.#pending.flatMap((p) => (p.mark === mark ? by(p) : p)));
    this.#set(this.#replica, [...this.#pending, pending]);
    return new Promise((resolve, reject) => {
      this.#queue.add({
        mark,
        stored: (stored) => become((now) => [{ ...now, stored }]),
        settle: (result) => {
          if (!(result instanceof BelfryError)) return resolve(result);
          become(() => []);
          reject(result);
        },
      });
    });
  }

  /** Sends now what waits for a network. */
  poke(): void {
    this.#queue.poke();
  }

  #set(replica: Replica, pending: readonly Pending[]): void {
    const now = replica.counts;
    if (pending.length && now) {
      // A mark is pending until the counts stand where the server has it; when they come first, they have it already.
      const absolute = replica.caughtUp !== this.#replica.caughtUp;
      pending = pending
        .filter(({ stored = Infinity }) => stored > now.p)
        .map((p) => (absolute && reflects(replica, p) ? { ...p, delta: none } : p));
    }
    const same = replica.items === this.#replica.items && now === this.#replica.counts && pending === this.#pending;
    this.#replica = replica;
    this.#pending = pending;
    if (same) return;
    this.#shown = undefined;
    this.#changed.tell('change');
  }

  get #show(): { items: readonly Item[]; counts: Counts } {
    return (this.#shown ??= this.#compute());
  }

  #compute(): { items: readonly Item[]; counts: Counts } {
    const [{ items, counts = none }, pending] = [this.#replica, this.#pending];
    return {
      // Sorted once for all views: most of it is in order already.
      items: [...items.values()].map((i) => overlay(i, pending)).sort(newestFirst),
      counts: both((k) => Math.max(0, pending.reduce((n, p) => n + p.delta[k], counts[k]))),
    };
  }
}
