// Marks: shown at once, sent in order, kept while there is no network, taken back when refused.

import { backoff } from './backoff.js';
import { BelfryError, passes, type Code } from './error.js';
import { act, counted, isShared } from './receipt.js';
import type { Replica } from './replica.js';
import type { Rest } from './rest.js';
import type { Counts, CountsAt, Entity, Item, MarkAction, Position } from './types.js';

/** Which items a mark is about. */
export type MarkTarget =
  | string
  | readonly string[]
  | ({ readonly all: true } & Narrowed)
  | ({ readonly group: string } & Narrowed)
  | ({ readonly entity: Entity } & Narrowed);

interface Narrowed {
  readonly type?: string;
  readonly topic?: string;
}

/** A mark as it is sent: docs/protocol.md, section 8. */
export interface Mark extends Narrowed {
  readonly action: MarkAction;
  readonly ids?: readonly string[];
  readonly all?: true;
  readonly group?: string;
  readonly entity?: Entity;
  readonly until?: string | undefined;
  /** What came later is left alone: nobody had it before their eyes. */
  readonly upTo?: string | undefined;
}

/** What a mark did. */
export interface Marked {
  readonly changed: number;
  /** Ids that were not touched, and why: not_found, gone, conflict. */
  readonly refused?: Readonly<Record<string, Code>>;
  readonly more?: boolean;
  readonly counts: CountsAt;
}

/** A mark that the replica does not show by itself yet. */
export interface Pending {
  readonly mark: Mark;
  readonly at: string;
  /** Nothing born later is touched; undefined: named by id. */
  readonly upTo: Position | undefined;
  /** What it takes off the counts for items that are not held. */
  readonly rest: Counts;
  /** The private revision at which the server has it; undefined: not sent yet. */
  readonly stored?: number;
}

const none: Counts = { unread: 0, unseen: 0 };

/** The mark as of now, and what it shows. `shown` are the items and counts before it. */
export function pend(
  replica: Replica, shown: readonly Item[], counts: Counts, action: MarkAction, target: MarkTarget, until?: string,
): Pending {
  const at = new Date().toISOString();
  if (typeof target === 'string' || Array.isArray(target)) {
    const ids = typeof target === 'string' ? [target] : (target as readonly string[]);
    return { mark: { action, ids, until, upTo: replica.cursor }, at, upTo: undefined, rest: none };
  }
  const mark: Mark = { action, ...(target as object), until, upTo: replica.countsCursor };
  const upTo = replica.counts ?? { p: Infinity, s: Infinity };
  let rest = none;
  if (mark.all && !mark.type && !mark.topic) {
    const held = total(shown);
    const unseen = counts.unseen - held.unseen;
    rest = { unread: action === 'seen' ? 0 : counts.unread - held.unread, unseen };
  }
  return { mark, at, upTo, rest };
}

/** What items add to the counts. */
export function total(items: Iterable<Item>): Counts {
  let { unread, unseen } = none;
  for (const item of items) {
    if (item.inbox === false) continue;
    const c = counted(item);
    unread += c.unread;
    unseen += c.unseen;
  }
  return { unread, unseen };
}

/** The item as the pending marks will have it. */
export function overlay(item: Item, pending: readonly Pending[]): Item {
  for (const { mark, at, upTo } of pending) {
    if (touches(mark, upTo, item)) item = act(item, mark.action, at, mark.until);
  }
  return item;
}

function touches(mark: Mark, upTo: Position | undefined, item: Item): boolean {
  if (!upTo) return !!mark.ids?.includes(item.id);
  if (item.inbox === false || item.born > (isShared(item) ? upTo.s : upTo.p)) return false;
  if (mark.type && mark.type !== item.type) return false;
  if (mark.topic && !('topic' in item.to && item.to.topic === mark.topic)) return false;
  if (mark.entity) return mark.entity.type === item.entity?.type && mark.entity.id === item.entity.id;
  return !!mark.all || mark.group === item.group;
}

/** What the pending marks take off the counts for items that are not held. */
export function pendingRest(replica: Replica, pending: readonly Pending[]): Counts {
  let { unread, unseen } = none;
  for (const { mark, upTo, rest } of pending) {
    const counted = replica.watermarks.some((w) => w.action === mark.action && upTo && w.upTo.p >= upTo.p && w.upTo.s >= upTo.s);
    if (counted) continue; // the counts have it already
    unread += rest.unread;
    unseen += rest.unseen;
  }
  return { unread, unseen };
}

interface Queued {
  readonly mark: Mark;
  stored(p: number): void;
  settle(result: Marked | BelfryError): void;
}

/** Sends marks one after the other, in the order they were made, and again while the server cannot be reached. */
export class MarkQueue {
  readonly #queue: Queued[] = [];
  #sending = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  add(queued: Queued): void {
    this.#queue.push(queued);
    void this.#send();
  }

  /** Tries now what waits for a network. */
  poke(): void {
    clearTimeout(this.#timer);
    void this.#send();
  }

  async #send(): Promise<void> {
    const queued = this.#queue[0];
    if (this.#sending || !queued) return;
    this.#sending = true;
    let wait: number | undefined;
    try {
      const marked = await this.#rest.call<Marked>('POST', '/v1/inbox/marks', { body: queued.mark });
      this.#failures = 0;
      queued.stored(marked.counts.p);
      if (!marked.more) this.#finish(marked);
    } catch (cause) {
      const error = cause as BelfryError;
      if (passes(error.code)) wait = backoff(++this.#failures, Math.random(), error.retryAfter);
      else this.#finish(error);
    }
    this.#sending = false;
    clearTimeout(this.#timer);
    if (wait === undefined) void this.#send();
    else this.#timer = setTimeout(() => void this.#send(), wait);
  }

  #finish(result: Marked | BelfryError): void {
    this.#queue.shift()?.settle(result);
  }
}
