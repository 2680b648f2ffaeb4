// The rules that random histories seldom meet, one by one.

import { describe, expect, it } from 'vitest';
import type { Frame, StateFrame } from '../src/frame.js';
import { apply, empty, merge, seed, type Replica } from '../src/replica.js';
import type { Address, Item } from '../src/types.js';

const time = '2026-01-02T15:04:05.000Z';
const item = (id: string, rev: number, to: Address = { user: 'ann' }, more: Partial<Item> = {}): Item =>
  ({ id, rev, born: rev, to, type: 'note', title: id, level: 'info', priority: 'medium', createdAt: time, deliveredAt: time, ...more }) as Item;
const created = (i: Item): Frame => ({ cursor: 'c', type: 'notification', op: 'created', item: i });
const counts = (unread: number, p: number, s: number): Frame => ({ cursor: 'c', type: 'counts', counts: { unread, unseen: unread, p, s } });
const welcome: StateFrame = {
  cursor: 'w', type: 'welcome', resumed: false, reset: false, user: 'ann', heartbeat: 25, follows: [{ topic: 'a', from: 0 }],
  counts: { unread: 0, unseen: 0, p: 0, s: 0 }, watermarks: [], items: [],
};
const run = (...frames: Frame[]): Replica => frames.reduce<Replica>((r, f) => apply(r, f).replica, apply(empty, welcome).replica);
const all: Address = { all: true };

describe('The counts rule', () => {
  it.each<[what: string, frames: Frame[], unread: number]>([
    ['counts a creation for everyone', [created(item('x', 1, all))], 1],
    ['counts a creation of a followed topic', [created(item('x', 1, { topic: 'a' }))], 1],
    ['does not count a topic that is only subscribed', [created(item('x', 1, { topic: 'b' }, { inbox: false }))], 0],
    ['does not count a topic that is not followed', [created(item('x', 1, { topic: 'b' }))], 0],
    ['leaves private ones to the server', [created(item('x', 1))], 0],
    ['does not count below the position of the counts', [counts(5, 0, 10), created(item('x', 9, all))], 5],
    ['counts each once', [created(item('x', 1, all)), created(item('x', 1, all))], 1],
    ['does not count an edit', [{ cursor: 'c', type: 'notification', op: 'updated', item: item('x', 2, all, { born: 1 }) }], 0],
    ['does not count what has a receipt', [created(item('x', 1, all, { receiptRev: 3 }))], 0],
    ['takes absolute counts as they are', [created(item('x', 1, all)), counts(7, 1, 1)], 7],
  ])('%s', (_, frames, unread) => {
    expect(run(...frames).counts).toMatchObject({ unread, unseen: unread });
  });
});

describe('Items', () => {
  const held = (r: Replica): unknown => [...r.items.values()].map((i) => `${i.title} ${i.readAt ? 'read' : 'unread'}`);

  it('take the content of the higher revision and the receipt of the higher receipt revision', () => {
    const newer = item('x', 5, undefined, { born: 1, title: 'newer', receiptRev: 2 });
    const marked = item('x', 3, undefined, { born: 1, title: 'older', receiptRev: 4, readAt: time });
    for (const order of [[newer, marked], [marked, newer]]) {
      const r = run(...order.map((i): Frame => ({ cursor: 'c', type: 'notification', op: 'updated', item: i })));
      expect(held(r)).toEqual(['newer read']);
    }
  });

  it('are replaced by a later birth, and not by an earlier one', () => {
    const old = item('x', 1, undefined, { title: 'old', receiptRev: 2, readAt: time });
    expect(held(run(created(old), created(item('x', 3, undefined, { title: 'new' }))))).toEqual(['new unread']);
    expect(held(run(created(item('x', 3, undefined, { title: 'new' })), created(old)))).toEqual(['new unread']);
  });

  it('are told of once as created, also when they were edited before they came', () => {
    const { replica } = apply(empty, welcome);
    const edited = { cursor: 'c', type: 'notification', op: 'updated', item: item('x', 3, all, { born: 2 }) } as const;
    const first = apply(replica, edited);
    expect(first.changes.map((c) => c.kind)).toEqual(['created']);
    const again = { ...edited, item: { ...edited.item } };
    expect(apply(first.replica, again).changes.map((c) => c.kind)).toEqual(['updated']);
    expect(apply(replica, { ...edited, item: item('y', 3, all, { born: 0 }) }).changes.map((c) => c.kind)).toEqual(['updated']);
  });

  it('are told of when they came by a page first', () => {
    const { replica } = apply(empty, welcome);
    const paged = merge(replica, [item('x', 1, all)], []) as Replica;
    expect(apply(paged, created(item('x', 1, all))).changes.map((c) => c.kind)).toEqual(['created']);
  });

  it('of a page give way to a fresh snapshot', () => {
    expect(merge(run(), [item('x', 1)], [welcome])).toBeUndefined();
  });

  it('of a page do not change the counts', () => {
    expect(merge(run(counts(3, 1, 1)), [item('x', 1)], [])?.counts?.unread).toBe(3);
  });
});

describe('A frame', () => {
  it('of an unknown type changes nothing', () => {
    const r = run();
    expect(apply(r, { type: 'tomorrow' } as never)).toEqual({ replica: r, changes: [] });
  });

  it('does not change the replica it is applied to', () => {
    const r = seed({ items: [item('x', 1)], counts: { unread: 1, unseen: 1, p: 1, s: 0 }, cursor: 'a' });
    apply(r, { cursor: 'b', type: 'notification', op: 'removed', item: item('x', 1) });
    apply(r, { cursor: 'b', type: 'receipts', all: true, action: 'read', upTo: { p: 1, s: 1 }, receiptRev: 2, at: time });
    expect(r.items.get('x')?.readAt).toBeUndefined();
    expect(r.cursor).toBe('a');
  });

  it('that resets tells so', () => {
    const again: Frame = { ...welcome, reset: true } as Frame;
    expect(apply(run(created(item('x', 1))), again)).toMatchObject({ replica: { items: new Map() }, changes: [{ kind: 'reset' }] });
    expect(apply(empty, welcome).changes).toEqual([]);
  });
});
