// The rules about receipts, as receipt.go has them: whoever changes one changes both.

import type { Counts, Filter, ItemFields, MarkAction, Receipt, Watermark } from './types.js';

/** One of each action at most. */
export type Watermarks = readonly Watermark[];

/** In which log an item lives. */
export const isShared = (item: Pick<ItemFields, 'to'>): boolean => !('user' in item.to);

/**
 * Whether the watermark covers an item: born no later than it, in the item's own
 * log, and with no receipt younger than it.
 */
export function covers({ upTo }: Watermark, shared: boolean, born: number, receiptRev = 0): boolean {
  return born <= (shared ? upTo.s : upTo.p) && receiptRev <= upTo.p;
}

/** The receipt as the user sees it: what was written, and what the watermarks cover. */
export function effective<R extends Receipt>(watermarks: Watermarks, shared: boolean, born: number, receipt: R): R {
  for (const w of [...watermarks].sort((a, b) => a.receiptRev - b.receiptRev)) {
    if (covers(w, shared, born, receipt.receiptRev)) receipt = act(receipt, w.action, w.at);
  }
  return receipt;
}

/** The watermarks with one moved up, component by component; the same ones when it says nothing new. */
export function raise(watermarks: Watermarks, w: Watermark): Watermarks {
  const now = watermarks.find((o) => o.action === w.action);
  if (!now) return [...watermarks, w];
  if (w.upTo.p <= now.upTo.p && w.upTo.s <= now.upTo.s) return watermarks;
  const upTo = { p: Math.max(w.upTo.p, now.upTo.p), s: Math.max(w.upTo.s, now.upTo.s) };
  return watermarks.map((o) => (o === now ? { ...w, upTo } : o));
}

/**
 * What an item with this effective receipt adds to the two counts, 0 or 1 each.
 * Read implies seen; archive leaves read alone but takes the item out of the
 * counts; snoozed counts nowhere.
 */
export function counted(r: Receipt): Counts {
  const unread = r.deletedAt || r.archivedAt || r.snoozedUntil || r.readAt ? 0 : 1;
  return { unread, unseen: r.seenAt ? 0 : unread };
}

/** Whether an item with this effective receipt is in the view. */
export function admits(filter: Filter, r: Receipt): boolean {
  if (r.deletedAt) return false;
  if (filter === 'archived') return !!r.archivedAt;
  if (r.archivedAt) return false;
  if (filter === 'snoozed') return !!r.snoozedUntil;
  return !r.snoozedUntil && !(filter === 'unread' && r.readAt);
}

/** The receipt after an action on an effective receipt; the same one when it says nothing new. */
export function act<R extends Receipt>(r: R, action: MarkAction, at: string, until?: string): R {
  switch (action) {
    case 'seen':
      return r.seenAt ? r : { ...r, seenAt: at };
    case 'read':
      return r.readAt ? r : { ...r, seenAt: r.seenAt ?? at, readAt: at };
    case 'unread':
      return r.readAt ? without(r, 'readAt') : r;
    case 'archive':
      return r.archivedAt ? r : { ...r, archivedAt: at };
    case 'unarchive':
      return r.archivedAt ? without(r, 'archivedAt') : r;
    case 'snooze':
      return r.snoozedUntil === until ? r : { ...r, snoozedUntil: until };
    case 'unsnooze':
      // It comes back as new, on top.
      return r.snoozedUntil ? { ...without(r, 'snoozedUntil', 'readAt', 'seenAt'), deliveredAt: at } : r;
    case 'delete':
      return r.deletedAt ? r : { ...r, deletedAt: at };
  }
}

function without<R extends Receipt>(r: R, ...names: (keyof Receipt)[]): R {
  const rest = { ...r };
  for (const name of names) delete rest[name];
  return rest;
}
