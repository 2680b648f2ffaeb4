// Random histories against the real server: whatever happened, every client ends
// with exactly what the store answers.

import { expect, it } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import { createClient, type Client, type Item, type Transport } from '../src/index.js';
import { Server, token, until } from '../../../testing/server.js';
import { Random } from './world.js';

const WebSocket = NodeWebSocket as unknown as typeof globalThis.WebSocket;
const transports: Transport[] = ['websocket', 'sse', 'poll'];
const histories = Number(process.env.HISTORIES ?? 3);
const steps = Number(process.env.STEPS ?? 150);
const user = 'ann';
const grants = { subscribe: ['**'] };

interface World {
  server: Server;
  clients: Client[];
  published: string[];
  marks: Promise<unknown>[];
}

type Act = (w: World, r: Random) => unknown;
const anyClient = (w: World, r: Random): Client => r.of(w.clients);

const publish = (to: object, more: object = {}): Act => async (w) => {
  const { id } = await w.server.publish({ to, title: `n${w.published.length}`, ...more } as never);
  w.published.push(id);
};
const mark = (w: World, marked: Promise<unknown>): void => void w.marks.push(marked);
const markSome = (run: (c: Client, ids: string[]) => Promise<unknown>, filter: '' | 'archived' | 'snoozed' = ''): Act => (w, r) => {
  const c = anyClient(w, r);
  const ids = c.inbox.view({ filter }).items.filter(() => filter || r.next() < 0.3).map((i) => i.id);
  if (ids.length) mark(w, run(c, ids));
};
const markAll = (run: (c: Client) => Promise<unknown>): Act => (w, r) => mark(w, run(anyClient(w, r)));
const onSome = (run: (w: World, id: string) => Promise<unknown>): Act => async (w, r) => {
  const id = r.of(w.published);
  if (id) await run(w, id).catch(() => {}); // gone already
};

const acts: [weight: number, act: Act][] = [
  [12, publish({ user })],
  [6, publish({ topic: 'a' })],
  [3, publish({ topic: 'b' })],
  [5, publish({ all: true })],
  [3, publish({ user }, { collapseKey: 'same' })],
  [1, publish({ user }, { group: 'g' })],
  [3, onSome((w, id) => w.server.api('PATCH', `/v1/notifications/${id}`, { title: `edited ${w.published.length}` }))],
  [3, onSome((w, id) => w.server.api('DELETE', `/v1/notifications/${id}`))],
  [6, markSome((c, ids) => c.inbox.markRead(ids))],
  [2, markSome((c, ids) => c.inbox.markUnread(ids))],
  [2, markSome((c, ids) => c.inbox.markSeen(ids))],
  [3, markSome((c, ids) => c.inbox.archive(ids))],
  [2, markSome((c, ids) => c.inbox.snooze(ids, new Date(Date.now() + 3_600_000)))],
  [1, markSome((c, ids) => c.inbox.delete(ids))],
  [2, markSome((c, ids) => c.inbox.unarchive(ids), 'archived')],
  [2, markSome((c, ids) => c.inbox.unsnooze(ids), 'snoozed')],
  [2, markAll((c) => c.inbox.markAllRead())],
  [2, markAll((c) => c.inbox.markAllSeen())],
  [0.5, markAll((c) => c.inbox.archiveAll())],
  [0.3, markAll((c) => c.inbox.deleteAll())],
  [1, markAll((c) => c.inbox.markRead({ group: 'g' }))],
  [3, (w, r) => w.server.api('POST', `/v1/topics/${r.of(['a', 'b'])}/followers`, { users: [user] })],
  [1, (w, r) => w.server.api('DELETE', `/v1/users/${user}/inbox/topics/${r.of(['a', 'b'])}`)],
  [0.7, async ({ server }) => { await server.down(); await server.up(); }],
  [4, (w, r) => anyClient(w, r).disconnect()],
  [8, (w, r) => anyClient(w, r).connect()],
  [2, (w, r) => anyClient(w, r).inbox.loadMore()],
  [6, (_, r) => new Promise((resolve) => setTimeout(resolve, r.below(30)))],
];

async function step(w: World, r: Random): Promise<void> {
  let at = r.next() * acts.reduce((n, [weight]) => n + weight, 0);
  const [, act] = acts.find(([weight]) => (at -= weight) < 0)!;
  await act(w, r);
}

const brief = (i: Item): string =>
  `${i.title} ${i.rev} ${i.deliveredAt}${i.seenAt ? ' seen' : ''}${i.readAt ? ' read' : ''}${i.archivedAt ? ' archived' : ''}${i.snoozedUntil ? ' snoozed' : ''}`;

async function equals({ server, clients }: World): Promise<void> {
  const filters = ['', 'unread', 'archived', 'snoozed'] as const;
  const truth = await Promise.all(filters.map((f) => server.truth(user, f && `&filter=${f}`)));
  for (const c of clients) {
    const views = filters.map((filter) => c.inbox.view({ filter }));
    await until(() => c.connection.status === 'open' && c.connection.live, 'the client is live');
    for (const view of views) while (view.getSnapshot().hasMore) await view.loadMore();
    const { unread, unseen } = truth[0]!.counts;
    const shown = (): unknown => [c.inbox.counts, ...views.map((v) => v.items.map(brief))];
    const want = [{ unread, unseen }, ...truth.map((t) => t.items.map(brief))];
    await until(() => JSON.stringify(shown()) === JSON.stringify(want), 'it shows the store', 3000).catch(() => {});
    expect(shown()).toEqual(want);
  }
}

it.each(Array.from({ length: histories }, (_, i) => Number(process.env.SEED ?? 1) + i))('Clients end with the store, history %i', async (seed) => {
  const r = new Random(seed);
  const server = await Server.start();
  const clients = transports.map((transport) =>
    createClient({ url: server.url, getToken: () => token(user, 3600, grants), WebSocket, transport, items: r.of([2, 20, 100]) }),
  );
  const world: World = { server, clients, published: [], marks: [] };
  try {
    for (const c of clients) for (const filter of ['archived', 'snoozed'] as const) c.inbox.view({ filter }).subscribe(() => {});
    for (let i = 0; i < steps; i++) await step(world, r);
    for (const c of clients) c.connect();
    await Promise.all(world.marks);
    await equals(world);
  } finally {
    for (const c of clients) c.disconnect();
    await server.stop();
  }
});
