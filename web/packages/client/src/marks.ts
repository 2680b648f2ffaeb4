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
  /** What it adds to the counts, until they have it themselves. */
  readonly delta: Counts;
  /** The private revision at which the server has it; undefined: not sent yet. */
  readonly stored?: number;
}

export const none: Counts = { unread: 0, unseen: 0 };

/** Both counts, by one formula. */
export const both = (count: (which: keyof Counts) => number): Counts => ({ unread: count('unread'), unseen: count('unseen') });

/** The mark as of now. `shown` are the items and counts before it. */
export function pend(
  replica: Replica, shown: readonly Item[], counts: Counts, action: MarkAction, target: MarkTarget, until?: string,
): Pending {
  const ids = typeof target === 'string' ? [target] : Array.isArray(target) ? (target as readonly string[]) : undefined;
  const named = ids ? { ids, upTo: replica.cursor } : { ...(target as object), upTo: replica.countsCursor };
  const mark: Mark = { action, until, ...named };
  const upTo = ids ? undefined : (replica.counts ?? { p: Infinity, s: Infinity });
  const pending = { mark, at: new Date().toISOString(), upTo, delta: none };
  const [before, after] = [total(shown), total(shown.map((i) => overlay(i, [pending])))];
  // A mark of everything also touches what is not held.
  const delta = both((k) => after[k] - before[k] - (!everything(mark) || (k === 'unread' && action === 'seen') ? 0 : counts[k] - before[k]));
  return { ...pending, delta };
}

const everything = (mark: Mark): boolean => !!mark.all && !mark.type && !mark.topic;

/** What items add to the counts. */
const total = (items: readonly Item[]): Counts =>
  both((k) => items.reduce((n, i) => n + (i.inbox === false ? 0 : counted(i)[k]), 0));

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

/** Whether the replica shows the mark by itself, so that absolute counts have it. */
export function reflects({ items, watermarks }: Replica, pending: Pending): boolean {
  const { mark, upTo } = pending;
  if (everything(mark)) return watermarks.some((w) => w.action === mark.action && upTo && w.upTo.p >= upTo.p && w.upTo.s >= upTo.s);
  return [...items.values()].every((i) => overlay(i, [pending]) === i);
}

export interface Queued {
  readonly mark: Mark;
  /** The server has it, at this private revision. */
  stored(p: number): void;
  settle(result: Marked | BelfryError): void;
}

export interface MarkQueue {
  add(queued: Queued): void;
  /** Tries now what waits for a network. */
  poke(): void;
}

/** Sends marks one after the other, in the order they were made, and again while the server cannot be reached. */
export function markQueue(rest: Rest): MarkQueue {
  const queue: Queued[] = [];
  let sending = false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Sends the first; answers how long to wait before the next, in milliseconds. */
  const send = async ({ mark, stored, settle }: Queued): Promise<number> => {
    try {
      const marked = await rest<Marked>('POST', '/v1/inbox/marks', { body: mark });
      failures = 0;
      stored(marked.counts.p);
      if (marked.more) return 0;
      settle(marked);
    } catch (cause) {
      const error = cause as BelfryError;
      if (passes(error.code)) return backoff(++failures, Math.random(), error.retryAfter);
      settle(error);
    }
    queue.shift();
    return 0;
  };
  const poke = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (sending || !queue[0]) return;
    sending = true;
    const wait = await send(queue[0]);
    sending = false;
    if (wait) timer = setTimeout(poke, wait);
    else void poke();
  };
  return {
    poke,
    add(queued) {
      queue.push(queued);
      if (!timer) void poke();
    },
  };
}
