import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import { createClient, type Client, type Item, type Options, type Transport } from '../src/index.js';
import { Server, token, until } from '../../../testing/server.js';

const WebSocket = NodeWebSocket as unknown as typeof globalThis.WebSocket;
const transports: Transport[] = ['websocket', 'sse', 'poll'];
const grants = { subscribe: ['**'], publish: ['topic:**', 'user:*'] };

let server: Server;
const clients: Client[] = [];
let users = 0;
const newUser = (): string => `user-${++users}`;

beforeEach(async () => {
  server = await Server.start();
});
afterEach(async () => {
  for (const c of clients.splice(0)) c.disconnect();
  await server.stop();
});

async function connected(user: string, options: Partial<Options> = {}): Promise<Client> {
  const client = createClient({ url: server.url, getToken: () => token(user, 3600, grants), WebSocket, ...options });
  clients.push(client);
  client.connect();
  await live(client);
  return client;
}

const live = (c: Client): Promise<void> => until(() => c.connection.status === 'open' && c.connection.live, 'the client is live');
const titles = (items: readonly Item[]): string[] => items.map((i) => i.title);
const brief = (i: Item) => ({ id: i.id, title: i.title, rev: i.rev, at: i.deliveredAt, seen: !!i.seenAt, read: !!i.readAt });

/** Waits until the client shows exactly what the store answers, everything loaded. */
async function equalsStore(client: Client, user: string): Promise<void> {
  while (client.inbox.getSnapshot().hasMore) await client.inbox.loadMore();
  const { items, counts } = await server.truth(user);
  const same = (): boolean => client.inbox.items.length === items.length && client.inbox.counts.unread === counts.unread;
  await until(same, 'the client shows what the store holds', 5000).catch(() => {}); // the difference says more
  expect(client.inbox.items.map(brief)).toEqual(items.map(brief));
  expect(client.inbox.counts).toEqual({ unread: counts.unread, unseen: counts.unseen });
}

describe.each(transports)('Client over %s', (transport) => {
  it('is told live, once, with exact counts', async () => {
    const user = newUser();
    const client = await connected(user, { transport });
    const told: [string, boolean][] = [];
    client.on('notification', (item, { live }) => told.push([item.title, live]));
    await server.publish({ to: { user }, title: 'one' });
    await server.publish({ to: { all: true }, title: 'two' });
    await until(() => told.length === 2, 'both came');
    expect(told).toEqual([['one', true], ['two', true]]);
    expect(client.connection).toEqual({ status: 'open', transport, live: true });
    await equalsStore(client, user);
  });

  it('goes on after kill -9, with what was missed told as missed', async () => {
    const user = newUser();
    const client = await connected(user, { transport });
    await server.publish({ to: { user }, title: 'before' });
    await until(() => client.inbox.items.length && client.inbox.items[0]!.title === 'before', 'the first came');
    const told: [string, boolean][] = [];
    const summaries: string[][] = [];
    client.on('notification', (item, { live }) => told.push([item.title, live]));
    client.on('summary', (missed) => summaries.push(titles(missed)));
    client.disconnect();
    await server.down();
    await server.up();
    await server.publish({ to: { user }, title: 'meanwhile' });
    client.connect();
    await live(client);
    await server.publish({ to: { user }, title: 'after' });
    await until(() => told.length === 2, 'both came');
    expect(told).toEqual([['meanwhile', false], ['after', true]]);
    expect(summaries).toEqual([['meanwhile']]);
    await equalsStore(client, user);
  });

  it('stops with a typed reason when the token is not valid', async () => {
    const client = createClient({ url: server.url, token: 'not.a.token', transport, WebSocket });
    clients.push(client);
    client.connect();
    await until(() => client.connection.status === 'stopped', 'it stopped');
    expect(client.connection).toMatchObject({ status: 'stopped', code: 'unauthorized' });
  });

  it('opens with the topics that were asked for before, and takes more later', async () => {
    const user = newUser();
    const client = createClient({ url: server.url, getToken: () => token(user, 3600, grants), transport, WebSocket });
    clients.push(client);
    client.subscribe('early');
    client.connect();
    await live(client);
    const told: string[] = [];
    client.on('notification', (item) => told.push(`${item.title} ${item.inbox}`));
    await server.publish({ to: { topic: 'early' }, title: 'first' });
    const off = client.subscribe('late');
    await until(async () => {
      await server.publish({ to: { topic: 'late' }, title: 'second' });
      return told.includes('second false');
    }, 'the second topic is seen');
    expect(told[0]).toBe('first false');
    expect(client.inbox.items).toEqual([]);
    const early = client.inbox.view({ topic: 'early' });
    early.subscribe(() => {});
    await until(() => early.items.length, 'a view of the topic shows it');
    off();
    expect(client.inbox.counts.unread).toBe((await server.truth(user)).counts.unread);
  });

  it('renews the token before it ends', async () => {
    const user = newUser();
    let asked = 0;
    const states: string[] = [];
    const client = await connected(user, { transport, getToken: () => (asked++, token(user, 2 + asked)) });
    client.on('connection', (c) => states.push(c.status));
    await until(() => asked >= 3, 'three tokens were asked for');
    await live(client);
    expect(states.filter((s) => s === 'waiting' || s === 'stopped')).toEqual([]);
  });
});

describe('Client', () => {
  it('shows a mark at once, and in another session', async () => {
    const user = newUser();
    const [a, b] = [await connected(user), await connected(user, { transport: 'sse' })];
    const { id } = await server.publish({ to: { user }, title: 'one' });
    await until(() => a.inbox.counts.unread === 1 && b.inbox.counts.unread === 1, 'both have it');
    const began = Date.now();
    const marked = a.inbox.markRead(id);
    expect(a.inbox.counts.unread).toBe(0);
    expect(a.inbox.items[0]!.readAt).toBeTruthy();
    await until(() => b.inbox.counts.unread === 0 && b.inbox.items[0]!.readAt, 'the other session shows it');
    console.log(`a mark shows in another session after ${Date.now() - began} ms`);
    expect(await marked).toMatchObject({ changed: 1, counts: { unread: 0 } });
    await equalsStore(a, user);
  });

  it('marks offline only what its user had seen', async () => {
    const user = newUser();
    let offline = false;
    const sometimes: typeof fetch = (...args) => (offline ? Promise.reject(new TypeError('offline')) : fetch(...args));
    const client = await connected(user, { fetch: sometimes, transport: 'sse' });
    await server.publish({ to: { user }, title: 'seen' });
    await until(() => client.inbox.counts.unread === 1, 'it came');
    offline = true;
    client.disconnect();
    let stored = false;
    void client.inbox.markAllRead().then(() => (stored = true));
    expect(client.inbox.counts.unread).toBe(0);
    await server.publish({ to: { user }, title: 'not seen' });
    await server.publish({ to: { all: true }, title: 'not seen either' });
    expect(stored).toBe(false);
    offline = false;
    client.connect();
    await until(() => stored, 'the mark arrived');
    await until(() => client.inbox.counts.unread === 2, 'the others are unread');
    await equalsStore(client, user);
    expect((await server.truth(user)).items.filter((i) => !i.readAt)).toHaveLength(2);
  });

  it('marks what is about an entity, and nothing else', async () => {
    const user = newUser();
    const client = await connected(user);
    const [order, other] = [{ type: 'order', id: '7' }, { type: 'order', id: '8' }];
    for (const entity of [order, other, order]) await server.publish({ to: { user }, title: `about ${entity.id}`, entity });
    await until(() => client.inbox.counts.unread === 3, 'all came');
    const marked = client.inbox.markRead({ entity: order });
    expect(client.inbox.counts.unread).toBe(1);
    expect(await marked).toMatchObject({ changed: 2 });
    expect(titles((await server.truth(user, '&filter=unread')).items)).toEqual(['about 8']);
    await equalsStore(client, user);
  });

  it('counts a mark of everything at once, also of what is not loaded, and not of what comes meanwhile', async () => {
    const user = newUser();
    const notifications = Array.from({ length: 60 }, (_, i) => ({ to: { user }, title: `n${i}` }));
    await server.api('POST', '/v1/notifications/batch', { notifications });
    let go: (() => void) | undefined;
    const held = new Promise<void>((resolve) => (go = resolve));
    const slow: typeof fetch = async (url, init) => {
      if (String(url).endsWith('/marks')) await held;
      return fetch(url, init);
    };
    const client = await connected(user, { fetch: slow });
    expect([client.inbox.items.length, client.inbox.counts.unread]).toEqual([20, 60]);
    const told: number[] = [];
    client.on('counts', ({ unread }) => told.push(unread));
    const marked = client.inbox.markAllRead();
    await server.publish({ to: { user }, title: 'meanwhile' });
    await until(() => client.inbox.counts.unread === 1, 'the new one is counted');
    go!();
    await marked;
    await equalsStore(client, user);
    expect(told).toEqual([0, 1]);
  });

  it('takes back a mark that is refused', async () => {
    const user = newUser();
    const client = await connected(user);
    await server.publish({ to: { user }, title: 'one' });
    await until(() => client.inbox.items.length, 'it came');
    const snoozed = client.inbox.snooze(client.inbox.items[0]!.id, new Date(0));
    expect(client.inbox.getSnapshot().items).toEqual([]);
    await expect(snoozed).rejects.toMatchObject({ name: 'BelfryError', code: 'invalid', fields: [{ field: '/until' }] });
    expect(client.inbox.items).toHaveLength(1);
  });

  it('falls back to SSE where WebSocket is blocked, and to polling where both are', async () => {
    const Blocked = class extends (WebSocket as unknown as { new (url: string): WebSocket }) {
      constructor() {
        super('ws://127.0.0.1:1');
      }
    } as unknown as typeof globalThis.WebSocket;
    const client = await connected(newUser(), { WebSocket: Blocked });
    expect(client.connection).toMatchObject({ transport: 'sse' });
    const noStream: typeof fetch = (url, init) => (String(url).includes('/v1/stream') ? Promise.reject(new TypeError('blocked')) : fetch(url, init));
    const other = await connected(newUser(), { WebSocket: Blocked, fetch: noStream });
    expect(other.connection).toMatchObject({ transport: 'poll' });
  });

  it('leaves a server that goes away, and is taken back', async () => {
    const client = await connected(newUser());
    const states: string[] = [];
    client.on('connection', (c) => states.push(c.status === 'waiting' ? `waiting ${c.reason.code}` : c.status));
    await server.down('SIGTERM');
    await until(() => states.includes('waiting draining'), 'the server said so');
    await server.up();
    await live(client);
    expect(client.connection).toMatchObject({ status: 'open', live: true });
  });

  it('stops when the user is logged out everywhere', async () => {
    const user = newUser();
    const client = await connected(user);
    await server.api('DELETE', `/v1/users/${user}/sessions`);
    await until(() => client.connection.status === 'stopped', 'it stopped');
    expect(client.connection).toMatchObject({ code: 'logged_out' });
  });

  it('pages without a gap or a double', async () => {
    const user = newUser();
    const notifications = Array.from({ length: 130 }, (_, i) => ({ to: { user }, title: `n${i}`, type: i % 2 ? 'odd' : 'even' }));
    await server.api('POST', '/v1/notifications/batch', { notifications });
    const client = await connected(user);
    expect(client.inbox.items).toHaveLength(20);
    await client.inbox.loadMore();
    expect(client.inbox.items.length).toBeGreaterThan(20);
    await equalsStore(client, user);
    const odd = client.inbox.view({ types: ['odd'] });
    odd.subscribe(() => {});
    await until(() => odd.getSnapshot().status === 'ready', 'it is loaded');
    while (odd.getSnapshot().hasMore) await odd.loadMore();
    expect(odd.items).toHaveLength(65);
    expect((await client.inbox.countsOf(['odd'])).types.odd).toMatchObject({ unread: 65 });
  });

  it('shows what another session takes out of the archive', async () => {
    const user = newUser();
    const other = await connected(user);
    const { id } = await server.publish({ to: { user }, title: 'old' });
    await server.publish({ to: { user }, title: 'new' });
    await until(() => other.inbox.items.length === 2, 'both came');
    await other.inbox.archive(id);
    const client = await connected(user);
    const archive = client.inbox.view({ filter: 'archived' });
    expect(titles(client.inbox.items)).toEqual(['new']);
    await other.inbox.unarchive(id);
    await until(() => client.inbox.items.length === 2, 'it is back');
    expect(titles(client.inbox.items)).toEqual(['new', 'old']);
    archive.subscribe(() => {});
    await other.inbox.archive(id);
    await until(() => archive.items.length === 1 && client.inbox.items.length === 1, 'it moved to the archive');
  });

  it('follows and unfollows', async () => {
    const user = newUser();
    const client = await connected(user);
    await client.follow('orders.eu');
    const { id } = await server.publish({ to: { topic: 'orders.eu' }, title: 'one' });
    await until(() => client.inbox.items.some((i) => i.id === id), 'it came');
    await equalsStore(client, user);
    const removed: string[] = [];
    client.on('removed', (item) => removed.push(item.title));
    await client.unfollow('orders.eu');
    await until(() => removed.length, 'it left');
    await equalsStore(client, user);
  });

  it('signals and publishes where the token allows it', async () => {
    const [a, b] = [await connected('sig-a'), await connected('sig-b', { topics: ['doc.1'] })];
    const signals: unknown[] = [];
    b.on('signal', (s) => signals.push(s));
    await a.signal('topic:doc.1', 'cursor', { line: 3 });
    a.typing('doc.1');
    a.typing('doc.1');
    await until(() => signals.length === 2, 'both came');
    expect(signals[0]).toMatchObject({ from: 'sig-a', to: 'topic:doc.1', name: 'cursor', data: { line: 3 } });
    expect(signals[1]).toMatchObject({ name: 'typing' });
    const { id } = await a.publish({ to: { user: 'sig-b' }, title: 'hello' });
    await until(() => b.inbox.items.some((i) => i.id === id), 'it came');
    await expect(a.publish({ to: { all: true }, title: 'no' })).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('starts from a page that a server rendered', async () => {
    const user = newUser();
    await server.publish({ to: { user }, title: 'rendered' });
    const answer = await fetch(`${server.url}/v1/inbox`, { headers: { Authorization: `Bearer ${token(user)}` } });
    const client = createClient({ url: server.url, token: token(user), WebSocket, initial: (await answer.json()) as never });
    clients.push(client);
    expect(titles(client.inbox.items)).toEqual(['rendered']);
    await server.publish({ to: { user }, title: 'since' });
    const told: unknown[] = [];
    client.on('notification', (item, { live }) => told.push([item.title, live]));
    client.connect();
    await live(client);
    expect(told).toEqual([['since', false]]);
    await equalsStore(client, user);
  });

  it('ends with exactly the store after kill -9 under a stream', async () => {
    const user = newUser();
    const three = await Promise.all(transports.map((transport) => connected(user, { transport })));
    await three[0]!.follow('noise');
    const to = [{ user }, { topic: 'noise' }, { all: true as const }];
    for (let i = 0; i < 300; i++) {
      const draft = { to: to[i % 3]!, title: `n${i}`, idempotencyKey: `${user}-${i}` };
      while (!(await server.publish(draft).catch(() => undefined))) await new Promise((r) => setTimeout(r, 20));
      const some = three[i % 3]!.inbox.items[i % 7];
      if (i % 10 === 5 && some) void three[(i + 1) % 3]!.inbox.markRead(some.id);
      if (i === 220) void three[1]!.inbox.markAllSeen();
      if (i === 100 || i === 200) {
        await server.down();
        void server.up();
      }
    }
    await Promise.all(three.map(live));
    for (const c of three) await equalsStore(c, user);
  }, 60_000);
});
