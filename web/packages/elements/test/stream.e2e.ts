// A server that is killed twice under a stream of 500 notifications, three tabs on three transports.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Item } from '@belfry/client';
import { History } from '../../../testing/history.js';
import { token, until } from '../../../testing/server.js';
import { Random } from '../../client/test/world.js';
import { connection, live, stage } from './stage.js';
import { positionOf, type Seen } from './watch.js';

const s = stage();
const notifications = 500;
const settled = 30;

test('kill -9 under a stream: every tab ends with the store, its counts exact after every frame', async () => {
  const history = new History(s.server, 'ann');
  await s.server.api('POST', '/v1/topics/noise/followers', { users: ['ann'] });
  await history.begin();
  const context = await s.site.context();
  const tabs: Page[] = [];
  for (const transport of ['websocket', 'sse', 'poll'] as const) {
    const page = await s.site.open(s.server.url, 'ann', '<belfry-bell></belfry-bell>', { bare: true, context });
    await page.evaluate((options) => (globalThis as unknown as { watch(o: object): void }).watch(options), { url: s.server.url, token: token('ann'), transport });
    await live(page);
    tabs.push(page);
  }
  await stream(history, tabs);
  const { items, counts } = await s.server.truth('ann');
  for (const page of tabs) await endsWith(page, items, counts, history);
}, 240_000);

async function stream(history: History, tabs: readonly Page[]): Promise<void> {
  const random = new Random(1);
  const to = [{ user: 'ann' }, { topic: 'noise' }, { all: true as const }];
  const restarts: Promise<void>[] = [];
  for (let i = 0; i < notifications; i++) {
    await history.publish(random.of(to), `n${i}`);
    if (i < settled) continue;
    if (i % 200 === 150) {
      await Promise.all([...restarts, ...tabs.map(live)]);
      restarts.push(s.server.down().then(() => s.server.up()));
    }
    if (i % 3 === 2) await history.mark(random.of(['seen', 'read', 'read', 'unread', 'archive'] as const), random.of(history.alive));
    if (i % 13 === 12) await history.edit(random.of(history.alive), `edited ${i}`);
    // What has been there for a while: a tab that lags by a few acts is never told of what was there only in between.
    if (i % 11 === 10) await history.retract(random.of(history.alive.slice(0, -settled)));
    if (i % 90 === 89) await history.markAll(i % 180 === 89 ? 'seen' : 'read');
  }
  await Promise.all(restarts);
  expect(restarts).toHaveLength(2);
}

const brief = (i: Item): string => `${i.id} ${i.title} ${i.rev} ${i.receiptRev ?? 0}${i.seenAt ? ' seen' : ''}${i.readAt ? ' read' : ''}`;

async function endsWith(page: Page, items: readonly Item[], { unread, unseen }: { unread: number; unseen: number }, history: History): Promise<void> {
  const end = history.position;
  await until(async () => {
    const { cursor, shown } = await page.evaluate<Seen>('seen.at(-1)');
    const { p, s } = positionOf(cursor!);
    return p === end.p && s === end.s && shown.unread === unread && shown.unseen === unseen;
  }, 'the tab has caught up', 90_000);
  const frames = await page.evaluate<Seen[]>('seen');
  expect(wrong(frames, history)).toEqual([]);
  expect(frames.length).toBeGreaterThan(notifications);
  const { transport } = await connection(page);
  // A poll may go through a restart unnoticed; what holds a connection is told of each.
  if (transport !== 'poll') expect(frames.filter((f) => f.type === 'welcome').length).toBeGreaterThan(2);
  const held = await page.evaluate(async () => {
    const { inbox } = (globalThis as unknown as { client: import('@belfry/client').Client }).client;
    while (inbox.getSnapshot().hasMore) await inbox.loadMore();
    return inbox.items;
  });
  expect(held.map(brief)).toEqual(items.map(brief));
  const name = unread === 1 ? '1 unread notification' : `${unread} unread notifications`;
  await until(async () => (await page.locator('button.bell').getAttribute('aria-label')) === name, `the bell says ${name}`);
}

/** The frames after which the client showed other counts than the store had at the position they are of, with those before. */
function wrong(frames: readonly Seen[], history: History): string[] {
  const told = frames.map(({ type, cursor, shown, counts }) => {
    if (!counts || !cursor) return { ok: type === 'welcome', line: `${type}: no counts` };
    const [at, stands] = [history.counts(counts), history.counts(positionOf(cursor))];
    const same = (a: object): boolean => JSON.stringify(a) === JSON.stringify(shown);
    // Once the server says that the client has caught up, it is the position where the client stands.
    const exact = type === 'counts' || type === 'live';
    const [here, there] = [JSON.stringify(positionOf(cursor)), JSON.stringify(counts)];
    return { ok: same(at) && (!exact || same(stands)), line: `${type} at ${here}: shows ${JSON.stringify(shown)}, held as ${there}, true ${JSON.stringify(at)}` };
  });
  const first = told.findIndex(({ ok }) => !ok);
  return first < 0 ? [] : told.slice(Math.max(0, first - 5), first + 2).map(({ line }) => line);
}
