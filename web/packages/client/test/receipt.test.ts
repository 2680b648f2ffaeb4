import { describe, expect, it } from 'vitest';
import { act, admits, counted, covers, effective, raise } from '../src/receipt.js';
import type { MarkAction, Receipt, Watermark } from '../src/types.js';

const at = '2026-01-02T15:04:05.000Z';
const later = '2026-01-03T15:04:05.000Z';
const mark = (action: MarkAction, p: number, s: number): Watermark => ({ action, upTo: { p, s }, receiptRev: p + 1, at });

describe('covers', () => {
  it.each<[what: string, shared: boolean, born: number, receiptRev: number | undefined, want: boolean]>([
    ['a private item born at it', false, 10, undefined, true],
    ['not one born after it', false, 11, undefined, false],
    ['a shared item by the other log', true, 20, undefined, true],
    ['not one born after that', true, 21, undefined, false],
    ['an item with an older receipt', true, 1, 10, true],
    ['not one with a younger receipt', true, 1, 11, false],
  ])('%s', (_, shared, born, receiptRev, want) => {
    expect(covers(mark('read', 10, 20), shared, born, receiptRev)).toBe(want);
  });
});

describe('effective', () => {
  const marks = [mark('seen', 5, 0), mark('read', 3, 0), mark('archive', 1, 0), mark('delete', 0, 9)];
  it.each<[born: number, shared: boolean, receipt: Receipt, want: Receipt]>([
    [6, false, {}, {}],
    [5, false, {}, { seenAt: at }],
    [3, false, {}, { seenAt: at, readAt: at }],
    [1, false, {}, { seenAt: at, readAt: at, archivedAt: at }],
    [9, true, {}, { deletedAt: at }],
    [3, false, { seenAt: later }, { seenAt: later, readAt: at }],
    [3, false, { receiptRev: 4 }, { receiptRev: 4, seenAt: at }],
    [3, false, { receiptRev: 6 }, { receiptRev: 6 }],
  ])('of one born at %i (shared: %s), %o, is %o', (born, shared, receipt, want) => {
    expect(effective(marks, shared, born, receipt)).toEqual(want);
  });

  it('is the receipt itself where nothing covers it', () => {
    const receipt = { readAt: at };
    expect(effective(marks, false, 6, receipt)).toBe(receipt);
  });
});

describe('raise', () => {
  it('moves up component by component', () => {
    const [w] = raise([mark('read', 10, 20)], { ...mark('read', 12, 15), at: later });
    expect(w).toEqual({ action: 'read', upTo: { p: 12, s: 20 }, receiptRev: 13, at: later });
  });
  it('says nothing new about what it covers', () => {
    const before = [mark('read', 10, 20)];
    expect(raise(before, mark('read', 9, 20))).toBe(before);
  });
  it('keeps one of each action', () => {
    expect(raise([mark('read', 1, 1)], mark('seen', 1, 1)).map((w) => w.action)).toEqual(['read', 'seen']);
  });
});

describe('counted', () => {
  it.each<[Receipt, unread: number, unseen: number]>([
    [{}, 1, 1],
    [{ seenAt: at }, 1, 0],
    [{ seenAt: at, readAt: at }, 0, 0],
    [{ archivedAt: at }, 0, 0],
    [{ snoozedUntil: at }, 0, 0],
    [{ deletedAt: at }, 0, 0],
  ])('%o adds %i and %i', (receipt, unread, unseen) => {
    expect(counted(receipt)).toEqual({ unread, unseen });
  });
});

describe('admits', () => {
  it.each<[Receipt, inbox: boolean, unread: boolean, archived: boolean, snoozed: boolean]>([
    [{}, true, true, false, false],
    [{ seenAt: at, readAt: at }, true, false, false, false],
    [{ archivedAt: at }, false, false, true, false],
    [{ snoozedUntil: at }, false, false, false, true],
    [{ snoozedUntil: at, archivedAt: at }, false, false, true, false],
    [{ deletedAt: at }, false, false, false, false],
  ])('%o', (receipt, ...want) => {
    expect((['', 'unread', 'archived', 'snoozed'] as const).map((f) => admits(f, receipt))).toEqual(want);
  });
});

describe('act', () => {
  it.each<[MarkAction, Receipt, Receipt]>([
    ['seen', {}, { seenAt: later }],
    ['read', { seenAt: at }, { seenAt: at, readAt: later }],
    ['unread', { seenAt: at, readAt: at }, { seenAt: at }],
    ['archive', {}, { archivedAt: later }],
    ['unarchive', { archivedAt: at, readAt: at }, { readAt: at }],
    ['delete', {}, { deletedAt: later }],
  ])('%s of %o is %o', (action, before, want) => {
    expect(act(before, action, later)).toEqual(want);
    expect(act(want, action, at)).toBe(want); // twice says nothing new
  });

  it('snoozes, and brings back as new, on top', () => {
    const asleep = act({ readAt: at, seenAt: at, deliveredAt: at } as Receipt, 'snooze', at, later);
    expect(asleep).toMatchObject({ snoozedUntil: later, readAt: at });
    expect(act(asleep, 'unsnooze', later)).toEqual({ deliveredAt: later });
  });
});
