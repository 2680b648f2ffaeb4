// What a client holds of an inbox, as a pure function of the frames it was sent:
// docs/protocol.md, sections 13 and 14. No I/O, no clock.

import type { Frame, ItemReceipt, StateFrame, Welcome } from './frame.js';
import { counted, effective, isShared, raise, type Watermarks } from './receipt.js';
import type { CountsAt, Item, Position, Receipt } from './types.js';

export interface Replica {
  /** Of the last frame processed: what the next opening resumes from. */
  readonly cursor?: string | undefined;
  readonly items: ReadonlyMap<string, Item>;
  readonly counts?: CountsAt | undefined;
  /** Something came that cannot be counted by adding: the counts stay as they were before it until the server says them. */
  readonly owed?: boolean;
  /** Of the frame that last moved the counts: what a "mark all" covers. */
  readonly countsCursor?: string | undefined;
  readonly watermarks: Watermarks;
  readonly follows: ReadonlySet<string>;
  /** Where the client was last told that it was caught up: what was born above is news, */
  readonly caughtUp: Position;
  /** once: the births that were told of since. */
  readonly told: ReadonlyMap<string, number>;
}

export const empty: Replica = { items: new Map(), watermarks: [], follows: new Set(), caughtUp: { p: 0, s: 0 }, told: new Map() };

/** What a frame did to the items. */
export type Change =
  | { readonly kind: 'created' | 'updated' | 'removed'; readonly item: Item }
  /** A receipt of an item that is not held, or of several. */
  | { readonly kind: 'missing'; readonly receipt: Receipt }
  /** Everything was replaced. */
  | { readonly kind: 'reset' };

/** The replica after a frame. Frames that change no state leave it as it is. */
export function apply(replica: Replica, frame: Frame): { replica: Replica; changes: Change[] } {
  const d = draft(replica);
  step(d, frame);
  if ('cursor' in frame) d.next.cursor = frame.cursor;
  return { replica: d.next, changes: d.changes };
}

/**
 * The replica with a page of the inbox. `meanwhile` are the frames that came
 * while the page was under way: applied to the page first, they take out of it
 * what died, was trimmed or unfollowed, and bring its receipts up to date.
 * undefined: everything was replaced meanwhile, ask for the page again. The
 * page's counts are not taken: the stream's are exact.
 */
export function merge(replica: Replica, page: readonly Item[], meanwhile: readonly Frame[]): Replica | undefined {
  const late = draft({ ...empty, items: new Map(page.map((i) => [i.id, i])) });
  for (const frame of meanwhile) {
    if (frame.type === 'welcome' && !frame.resumed) return undefined;
    step(late, frame);
  }
  const d = draft(replica);
  for (const { id } of page) {
    const item = late.next.items.get(id);
    if (item) put(d, item);
  }
  return d.next;
}

/** What a client knows that was given a page before it was ever connected. */
export function seed(page: { items: readonly Item[]; counts: CountsAt; cursor: string }): Replica {
  const { items, counts, cursor } = page;
  return { ...empty, cursor, items: new Map(items.map((i) => [i.id, i])), counts, countsCursor: cursor, caughtUp: counts };
}

/** A replica in the making; its items are copied when first written. */
interface Draft {
  next: { -readonly [K in keyof Replica]: Replica[K] };
  copied: boolean;
  changes: Change[];
}

const draft = (replica: Replica): Draft => ({ next: { ...replica }, copied: false, changes: [] });

function writable(d: Draft): Map<string, Item> {
  if (!d.copied) d.next.items = new Map(d.next.items);
  d.copied = true;
  return d.next.items as Map<string, Item>;
}

const steps: { [T in StateFrame['type']]?: (d: Draft, f: Extract<StateFrame, { type: T }>) => void } = {
  welcome(d, f) {
    if (!f.resumed) start(d, f);
    d.next.follows = new Set(f.follows.map((o) => o.topic));
  },
  notification(d, f) {
    take(d, f.item, f.op);
    count(d, f.item, f.cursor);
  },
  receipts(d, f) {
    if (!f.all) return f.items.forEach((r) => putReceipt(d, r));
    d.next.watermarks = raise(d.next.watermarks, f);
    for (const item of d.next.items.values()) put(d, item, 'updated');
    // What else it covers leaves every view but this one.
    if (f.action === 'archive') d.changes.push({ kind: 'missing', receipt: { archivedAt: f.at } });
  },
  follow(d, f) {
    const follows = new Set(d.next.follows);
    if (f.from === null) follows.delete(f.topic);
    else follows.add(f.topic);
    d.next.follows = follows;
    dropTopic(d, f.topic, new Set(f.items.map((i) => i.id)));
    for (const item of f.items) take(d, item);
  },
  trim: (d, f) => trim(d, f.born),
  counts(d, f) {
    d.next.counts = d.next.caughtUp = f.counts;
    d.next.owed = false;
    d.next.told = new Map();
    d.next.countsCursor = f.cursor;
  },
};

function step(d: Draft, frame: Frame): void {
  const run = (steps as Record<string, ((d: Draft, f: Frame) => void) | undefined>)[frame.type];
  if (!run) return;
  d.next.owed ||= !isPure(frame);
  run(d, frame);
}

function start(d: Draft, f: Extract<Welcome, { resumed: false }> & { cursor: string }): void {
  if (d.next.cursor) d.changes.push({ kind: 'reset' });
  d.next = { ...seed({ ...f, items: [] }), watermarks: f.watermarks };
  d.copied = false;
  for (const item of f.items) put(d, item);
}

/** Takes an item as the stream tells of it. */
function take(d: Draft, item: Item, op?: string): void {
  const held = d.next.items.get(item.id);
  if (op === 'removed') return held && held.born <= item.born ? remove(d, held) : undefined;
  const { caughtUp, told } = d.next;
  const news = item.born > (isShared(item) ? caughtUp.s : caughtUp.p) && told.get(item.id) !== item.born;
  if (news) d.next.told = new Map(told).set(item.id, item.born);
  put(d, item, news ? 'created' : 'updated');
}

/** Whether a frame is a creation in the shared log that nothing has happened to: what may be counted by adding. */
const isPure = (f: Frame): boolean =>
  f.type === 'notification' && f.op === 'created' && isShared(f.item) && !f.item.receiptRev && !!counted(f.item).unseen;

/** A pure shared creation is encoded once for everybody and counts itself. */
function count(d: Draft, item: Item, cursor: string): void {
  const { counts, follows, owed } = d.next;
  const mine = !('topic' in item.to) || follows.has(item.to.topic);
  if (!counts || owed || !mine || item.rev <= counts.s) return;
  d.next.counts = { ...counts, unread: counts.unread + 1, unseen: counts.unseen + 1, s: item.rev };
  d.next.countsCursor = cursor;
}

function dropTopic(d: Draft, topic: string, but?: ReadonlySet<string>): void {
  drop(d, (o) => 'topic' in o.to && o.to.topic === topic && !but?.has(o.id));
}

function trim(d: Draft, born: { p: number } | { s: number }): void {
  if ('s' in born) drop(d, (o) => isShared(o) && o.born <= born.s);
  else drop(d, (o) => !isShared(o) && o.born <= born.p);
}

function drop(d: Draft, gone: (item: Item) => boolean): void {
  for (const item of d.next.items.values()) if (gone(item)) remove(d, item);
}

function remove(d: Draft, item: Item): void {
  writable(d).delete(item.id);
  d.changes.push({ kind: 'removed', item });
}

/**
 * Holds an item: a later birth replaces it, else the content of the higher
 * revision and the receipt of the higher receipt revision win, each by itself;
 * at a tie what comes later.
 */
function put(d: Draft, item: Item, kind?: 'created' | 'updated'): void {
  const held = d.next.items.get(item.id);
  if (held && held.born > item.born) return;
  let next = item;
  if (held && held !== item && held.born === item.born) {
    const content = item.rev >= held.rev ? item : held;
    const receipt = (item.receiptRev ?? 0) >= (held.receiptRev ?? 0) ? item : held;
    next = content === receipt ? content : withReceipt(content, receipt);
  }
  if (next.inbox !== false) next = effective(d.next.watermarks, isShared(next), next.born, next);
  if (next.deletedAt) return held && remove(d, held);
  if (next === held) return;
  writable(d).set(next.id, next);
  if (kind) d.changes.push({ kind, item: next });
}

function putReceipt(d: Draft, receipt: ItemReceipt): void {
  const held = d.next.items.get(receipt.id);
  if (!held) return void d.changes.push({ kind: 'missing', receipt });
  const { receiptRev = 0 } = receipt;
  // A private item may be born anew (collapseKey); what is older than that is of its former life.
  const former = !isShared(held) && receiptRev < held.born;
  if (!former && receiptRev >= (held.receiptRev ?? 0)) put(d, withReceipt(held, receipt), 'updated');
}

const receiptFields = ['receiptRev', 'seenAt', 'readAt', 'archivedAt', 'snoozedUntil'] as const;

function withReceipt(item: Item, receipt: Omit<ItemReceipt, 'id'>): Item {
  const next: Record<string, unknown> = { ...item };
  for (const name of receiptFields) {
    if (receipt[name]) next[name] = receipt[name];
    else delete next[name];
  }
  if (receipt.deliveredAt) next.deliveredAt = receipt.deliveredAt;
  return next as unknown as Item;
}
