// A view of the inbox: the newest items that a query admits, down to a horizon
// that moves with every page.

import type { BelfryError } from './error.js';
import { guarded } from './listeners.js';
import { newestFirst, type Place } from './order.js';
import { admits } from './receipt.js';
import type { Store } from './store.js';
import type { AnyData, Counts, CountsAt, Filter, Item, Receipt } from './types.js';

/** What a view shows; nothing set: the inbox, without what is archived or snoozed. */
export interface Query {
  readonly filter?: Filter;
  readonly types?: readonly string[];
  readonly topic?: string;
  readonly group?: string;
}

/** What a view shows now. The same object until something changes. */
export interface Snapshot<Data extends object = AnyData> {
  /** Newest first, without a gap. */
  readonly items: readonly Item<Data>[];
  /** Of the whole inbox, exact. */
  readonly counts: Counts;
  /** pending: nothing was asked for yet; loading: a page is under way. */
  readonly status: 'pending' | 'loading' | 'ready' | 'failed';
  /** Whether loadMore() would bring older ones. */
  readonly hasMore: boolean;
  /** Why it failed. */
  readonly error: BelfryError | undefined;
}

/** A page of the inbox, as GET /v1/inbox answers. */
export interface Page<Data extends object = AnyData> {
  readonly items: readonly Item<Data>[];
  readonly next?: string;
  readonly counts: CountsAt;
  readonly cursor: string;
}

const end: Place = { deliveredAt: '', id: '' };
const mostItems = 100;
const refreshAfter = 300;
const ready = { status: 'ready', error: undefined } as const;

export class View<Data extends object = AnyData> {
  readonly #listeners = new Set<(snapshot: Snapshot<Data>) => void>();
  #snapshot: Snapshot<Data> | undefined;
  #state: Pick<Snapshot, 'status' | 'error'> = { status: 'pending', error: undefined };
  /** The oldest place that is loaded; undefined: nothing is. */
  #horizon: Place | undefined;
  /** Where the next page begins; undefined: not known, or there is none. */
  #after: string | undefined;
  #loading: Promise<void> | undefined;
  #refreshing: ReturnType<typeof setTimeout> | undefined;
  readonly #size: number;

  /** @internal */
  constructor(protected readonly store: Store, readonly query: Query, size: number, initial?: Page) {
    this.#size = size;
    if (initial) {
      this.#extend(initial);
      this.#state = ready;
    }
    store.onChange(() => this.#tell());
  }

  getSnapshot = (): Snapshot<Data> => (this.#snapshot ??= this.#compute());

  /** Calls the listener with what is there now, and after every change. The first one begins to load. */
  subscribe = (listener: (snapshot: Snapshot<Data>) => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#state.status === 'pending' && !this.awaited) void this.#load();
    guarded(() => listener(this.getSnapshot()));
    return () => void this.#listeners.delete(listener);
  };

  get items(): readonly Item<Data>[] {
    return this.getSnapshot().items;
  }

  get counts(): Counts {
    return this.getSnapshot().counts;
  }

  /** Loads the next page of older items. Never rejects: see status and error. */
  loadMore(): Promise<void> {
    return this.#horizon === end ? Promise.resolve() : this.#load();
  }

  /** Whether the first page comes by itself, with the welcome of the stream. @internal */
  awaited = false;

  /** The stream brought the first page, so many items of those wanted. @internal */
  filled(items: readonly Item[], wanted: number): void {
    this.#horizon = items.length < wanted ? end : items.at(-1);
    this.#after = undefined;
    this.#become(ready);
  }

  /** Everything was replaced: what is shown is loaded anew. @internal */
  restart(): void {
    this.#horizon = this.#after = undefined;
    this.#become({ status: 'pending', error: undefined });
    if (this.#listeners.size) void this.#load();
  }

  /** A receipt came of an item that is not held, and may belong here: look again, soon. @internal */
  missing(receipt: Receipt): void {
    if (!this.#horizon || !admits(this.query.filter ?? '', receipt) || this.#refreshing) return;
    this.#refreshing = setTimeout(() => {
      this.#refreshing = undefined;
      void this.#load(this.#horizon);
    }, refreshAfter);
  }

  /** The network is back. @internal */
  retry(): void {
    if (this.#state.status === 'failed') void this.#load();
  }

  /** Loads down to a place, from the top; without one: the next page. */
  #load(downTo?: Place): Promise<void> {
    return (this.#loading ??= this.#read(downTo).finally(() => (this.#loading = undefined)));
  }

  async #read(downTo?: Place): Promise<void> {
    this.#become({ status: 'loading', error: undefined });
    try {
      const from = downTo ?? this.#horizon;
      let after = downTo ? undefined : this.#after;
      for (let again = true; again; ) {
        const limit = from && !after ? mostItems : this.#size;
        const page = await this.store.fetch(this.#page(after, limit));
        if (!page) {
          after = undefined;
          continue;
        }
        after = page.next;
        const reached = after ? (page.items.at(-1) ?? end) : end;
        if (!this.#horizon || newestFirst(this.#horizon, reached) < 0) this.#extend(page);
        // Without a place to begin at, the pages that are there already come first.
        again = reached !== end && !!from && (downTo ? newestFirst(reached, from) < 0 : newestFirst(from, reached) >= 0);
      }
      this.#become(ready);
    } catch (error) {
      this.#become({ status: 'failed', error: error as BelfryError });
    }
  }

  #page(after: string | undefined, limit: number): Promise<Page> {
    const { filter, types, topic, group } = this.query;
    return this.store.rest('GET', '/v1/inbox', { query: { filter, type: types?.join(), topic, group, after, limit } });
  }

  #extend(page: Page): void {
    this.#after = page.next;
    this.#horizon = page.next ? (page.items.at(-1) ?? end) : end;
  }

  #become(state: Pick<Snapshot, 'status' | 'error'>): void {
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    this.#snapshot = undefined;
    for (const listener of [...this.#listeners]) guarded(() => listener(this.getSnapshot()));
  }

  #compute(): Snapshot<Data> {
    const horizon = this.#horizon;
    const { store } = this;
    const items = horizon ? store.items.filter((i) => newestFirst(i, horizon) <= 0 && this.#shows(i)) : [];
    return { items: items as unknown as Item<Data>[], counts: store.counts, hasMore: horizon !== end, ...this.#state };
  }

  #shows(item: Item): boolean {
    const { filter = '', types, topic, group } = this.query;
    const there = topic ? 'topic' in item.to && item.to.topic === topic : item.inbox !== false;
    return there && admits(filter, item) && (!types || types.includes(item.type)) && (!group || item.group === group);
  }
}
