// What of the live items is shown for a moment, as pure functions.

import type { Item } from '@belfry/client';
import { alike } from '../inbox/rows.js';

/** How long a toast stays, in milliseconds; an urgent one stays until it is closed. */
export const stay = 5000;
/** How many are shown at once. */
export const most = 3;

export interface Toast {
  readonly key: string;
  /** The newest of those it stands for; undefined: a summary of `count` items. */
  readonly item: Item | undefined;
  readonly ids: readonly string[];
  readonly count: number;
  /** Milliseconds it has left; Infinity: until it is closed. */
  readonly left: number;
}

/** Newest first. */
export type Queue = readonly Toast[];

/** Whether an item may be shown: nothing that is silent, of priority low, replayed or only subscribed. */
export function worthy(item: Item, live: boolean): boolean {
  return live && !item.silent && item.priority !== 'low' && item.inbox !== false;
}

/** The queue with an item: joined with its like, or on top. */
export function add(queue: Queue, item: Item): Queue {
  const twin = queue.find((t) => t.item && (t.item.id === item.id || alike(t.item, item)));
  const ids = [...new Set([...(twin?.ids ?? []), item.id])];
  const left = item.priority === 'urgent' || twin?.left === Infinity ? Infinity : stay;
  const toast: Toast = { key: twin?.key ?? item.id, item, ids, count: ids.length, left };
  return trim([toast, ...queue.filter((t) => t !== twin)]);
}

/** The queue with one line about what came while the user was away. */
export function addSummary(queue: Queue, count: number): Queue {
  return trim([{ key: 'summary', item: undefined, ids: [], count, left: stay }, ...queue.filter((t) => t.key !== 'summary')]);
}

/** Those that are shown. */
export const shown = (queue: Queue): Queue => queue.slice(0, most);

/** The queue after some time: only what is shown grows older. */
export function elapse(queue: Queue, ms: number): Queue {
  return queue.map((t, i) => (i < most ? { ...t, left: t.left - ms } : t)).filter((t) => t.left > 0);
}

export const close = (queue: Queue, key: string): Queue => queue.filter((t) => t.key !== key);

/** The queue without an item that was dealt with elsewhere. */
export function forget(queue: Queue, id: string): Queue {
  return queue.flatMap((t) => {
    if (!t.ids.includes(id)) return [t];
    const ids = t.ids.filter((other) => other !== id);
    return ids.length && t.item?.id !== id ? [{ ...t, ids, count: ids.length }] : [];
  });
}

/** What does not fit is in the inbox; what is urgent waits for its place. */
const trim = (queue: Queue): Queue => queue.filter((t, i) => i < most || t.left === Infinity);
