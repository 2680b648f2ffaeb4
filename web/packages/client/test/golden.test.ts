// The frames that belfrytest/golden holds, as a hub writes them (belfrytest/golden_test.go): one contract for server and client.

import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Frame } from '../src/frame.js';
import { apply, empty, type Replica } from '../src/replica.js';
import type { Item } from '../src/types.js';

const folder = resolve(import.meta.dirname, '../../../../belfrytest/golden');
const names = readdirSync(folder).map((file) => file.replace('.json', ''));
const read = (name: string): Frame => JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8')) as Frame;

/** What a user sees of an item. */
function sight(item: Item): string {
  const words = { seen: item.seenAt, read: item.readAt, archived: item.archivedAt, snoozed: item.snoozedUntil };
  const said = Object.entries(words).filter(([, at]) => at).map(([word]) => word);
  return [item.title, ...(item.inbox === false ? ['(subscribed)'] : []), ...said].join(' ');
}

interface Chapter {
  readonly name: string;
  /** What the frame did: the kinds of change, and to what. */
  readonly did?: readonly string[];
  readonly holds: readonly string[];
  readonly counts: readonly [unread: number, unseen: number];
}

const ann = 'For Ann seen';
const both = ['For everyone seen read', ann];

/** One client's life, as the hub that wrote the frames led it. */
const story: readonly Chapter[] = [
  { name: 'welcome', holds: both, counts: [1, 0] },
  { name: 'live', holds: both, counts: [1, 0] },
  { name: 'welcome-resumed', holds: both, counts: [1, 0] },
  { name: 'notification-private', did: ['created Build 7 failed'], holds: [...both, 'Build 7 failed'], counts: [1, 0] },
  { name: 'counts', holds: [...both, 'Build 7 failed'], counts: [2, 1] },
  { name: 'notification-shared', did: ['created A comment'], holds: [...both, 'Build 7 failed', 'A comment'], counts: [3, 2] },
  {
    name: 'notification-updated', did: ['updated For everyone, again seen read'],
    holds: ['For everyone, again seen read', ann, 'Build 7 failed', 'A comment'], counts: [3, 2],
  },
  {
    name: 'receipts', did: ['updated For Ann seen archived'],
    holds: ['For everyone, again seen read', 'For Ann seen archived', 'Build 7 failed', 'A comment'], counts: [3, 2],
  },
  {
    name: 'receipts-snoozed', did: ['updated For everyone, again seen read snoozed'],
    holds: ['For everyone, again seen read snoozed', 'For Ann seen archived', 'Build 7 failed', 'A comment'], counts: [3, 2],
  },
  {
    name: 'receipts-returned', did: ['updated For everyone, again'],
    holds: ['For everyone, again', 'For Ann seen archived', 'Build 7 failed', 'A comment'], counts: [3, 2],
  },
  {
    name: 'receipts-all',
    did: ['For everyone, again seen read', 'For Ann seen read archived', 'Build 7 failed seen read', 'A comment seen read'].map((s) => `updated ${s}`),
    holds: ['For everyone, again seen read', 'For Ann seen read archived', 'Build 7 failed seen read', 'A comment seen read'], counts: [3, 2],
  },
  {
    name: 'notification-removed', did: ['removed For everyone, again seen read'],
    holds: ['For Ann seen read archived', 'Build 7 failed seen read', 'A comment seen read'], counts: [3, 2],
  },
  { name: 'notification-deleted', holds: ['For Ann seen read archived', 'Build 7 failed seen read', 'A comment seen read'], counts: [3, 2] },
  {
    name: 'follow', did: ['created Order 1'],
    holds: ['For Ann seen read archived', 'Build 7 failed seen read', 'A comment seen read', 'Order 1'], counts: [3, 2],
  },
  { name: 'follow-un', did: ['removed Order 1'], holds: ['For Ann seen read archived', 'Build 7 failed seen read', 'A comment seen read'], counts: [3, 2] },
  { name: 'trim-private', did: ['removed For Ann seen read archived'], holds: ['Build 7 failed seen read', 'A comment seen read'], counts: [3, 2] },
  { name: 'subscribed', holds: ['Build 7 failed seen read', 'A comment seen read'], counts: [3, 2] },
  {
    name: 'notification-subscribed', did: ['created Only here (subscribed)'],
    holds: ['Build 7 failed seen read', 'A comment seen read', 'Only here (subscribed)'], counts: [3, 2],
  },
  // Only to a session that asks for `batch`, which this client never does.
  { name: 'notifications', holds: ['Build 7 failed seen read', 'A comment seen read', 'Only here (subscribed)'], counts: [3, 2] },
  {
    name: 'trim-shared', did: ['removed A comment seen read', 'removed Only here (subscribed)'],
    holds: ['Build 7 failed seen read'], counts: [3, 2],
  },
  { name: 'pong', holds: ['Build 7 failed seen read'], counts: [3, 2] },
  { name: 'signal', holds: ['Build 7 failed seen read'], counts: [3, 2] },
  { name: 'ok', holds: ['Build 7 failed seen read'], counts: [3, 2] },
  { name: 'error', holds: ['Build 7 failed seen read'], counts: [3, 2] },
  { name: 'bye', holds: ['Build 7 failed seen read'], counts: [3, 2] },
  { name: 'welcome-reset', did: ['reset'], holds: ['2'], counts: [2, 2] },
];

describe('The golden frames', () => {
  it('are all told of here', () => {
    expect(story.map((c) => c.name).sort()).toEqual(names.sort());
  });

  it.each(names)('%s is of the type that its name says', (name) => {
    expect(read(name).type).toBe(name.split('-')[0]);
  });

  const before = new Map<string, Replica>();
  story.reduce((replica, { name }) => {
    before.set(name, replica);
    return apply(replica, read(name)).replica;
  }, empty);

  it.each(story)('after $name the client holds what the server has', ({ name, did = [], holds, counts }) => {
    const frame = read(name);
    const { replica, changes } = apply(before.get(name) as Replica, frame);
    expect([...replica.items.values()].map(sight)).toEqual(holds);
    expect([replica.counts?.unread, replica.counts?.unseen]).toEqual(counts);
    expect(changes.map((c) => ('item' in c ? `${c.kind} ${sight(c.item)}` : c.kind))).toEqual(did);
    if ('cursor' in frame) expect(replica.cursor).toBe(frame.cursor);
  });

  it('give every field that an item may have', () => {
    const frame = read('notification-private');
    expect(frame).toMatchObject({
      op: 'created',
      item: {
        id: expect.any(String), rev: 5, born: 5, to: { user: 'ann' }, type: 'build', level: 'error', priority: 'high', title: 'Build 7 failed', body: '3 tests failed\n☃',
        data: { tests: 3 }, actor: { id: 'ci', name: 'CI', avatarUrl: 'https://example.com/ci.png' }, entity: { type: 'build', id: '7' }, actionUrl: '/builds/7',
        imageUrl: 'https://example.com/7.png', actions: [{ id: 'retry', label: 'Retry', style: 'primary' }, { id: 'log', label: 'Log', url: '/builds/7/log' }], group: 'ci',
      },
    });
  });

  it('name the follows and the heartbeat of a session', () => {
    expect(read('welcome')).toMatchObject({ heartbeat: 25, user: 'ann', follows: [{ topic: 'doc.42', from: 0 }] });
    expect([...apply(empty, read('welcome')).replica.follows]).toEqual(['doc.42']);
  });
});
