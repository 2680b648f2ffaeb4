import { createServer, type Server as Proxy } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createClient, type Page as ClientPage } from '@belfry/client';
import { Server } from '../../../testing/server.js';
import { Belfry, BelfryError, type Options } from '../src/index.js';

let server: Server;
let key: string;
beforeAll(async () => {
  server = await Server.start();
  key = server.key;
});
afterAll(() => server.stop());

const belfry = (more: Options = {}): Belfry => new Belfry({ url: server.url, key, ...more });

describe('Belfry', () => {
  it('publishes, says where it stands, edits and retracts', async () => {
    const { id, status } = await belfry().notify({ to: { user: 'ann' }, title: 'one', expiresAt: new Date(Date.now() + 1e6) });
    expect(status).toBe('delivered');
    expect((await server.truth('ann')).items.map((i) => i.title)).toEqual(['one']);
    expect(await belfry().edit(id, { title: 'two', body: null })).toMatchObject({ id, title: 'two', status: 'delivered' });
    expect(await belfry().notification(id)).toMatchObject({ id, to: { user: 'ann' }, title: 'two' });
    expect(await belfry().retract(id)).toMatchObject({ status: 'retracted' });
    expect((await server.truth('ann')).items).toEqual([]);
  });

  it('publishes a batch of any size, each with its result', async () => {
    const drafts = Array.from({ length: 1500 }, (_, i) => ({ to: { user: 'bea' }, title: i === 1200 ? '' : `n${i}` }));
    const batch = await belfry().notifyAll(drafts);
    expect(batch).toMatchObject({ accepted: 1499, rejected: 1 });
    expect(batch.results).toHaveLength(1500);
    expect(batch.results[1200]).toMatchObject({ status: 422, code: 'invalid' });
    expect((await belfry().counts('bea')).unread).toBe((await server.truth('bea')).counts.unread);
  });

  it('makes tokens that the server takes', async () => {
    const { token, expiresAt } = await belfry().token('org/7|ann@example.com', { ttl: '5m', subscribe: ['doc.*'] });
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(4 * 60_000);
    const follow = await fetch(`${server.url}/v1/inbox/topics/doc.1`, { method: 'PUT', headers: { Authorization: `Bearer ${token}` } });
    expect(follow.ok).toBe(true);
  });

  it('knows users, topics and presence', async () => {
    const b = belfry();
    await b.follow('orders.eu', ['cyd', 'org/7']);
    await b.notify({ to: { topic: 'orders.eu' }, title: 'paid' });
    expect(await b.counts('org/7')).toMatchObject({ unread: 1 });
    await b.unfollow('orders.eu', 'org/7');
    expect(await b.counts('org/7')).toMatchObject({ unread: 0 });
    expect(await b.user('cyd')).toMatchObject({ id: 'cyd', counts: { unread: 1 } });
    expect(await b.putUser('cyd', { since: new Date() })).toMatchObject({ id: 'cyd' });
    expect(await b.presence('cyd')).toEqual({ online: false, sessions: [] });
    await b.signal({ to: 'user:cyd', name: 'hello', data: { a: 1 } });
    await b.logOut('cyd');
  });

  it('throws typed errors, that name the field', async () => {
    const error = await belfry().notify({ to: { user: 'ann' }, title: '' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(BelfryError);
    expect(error).toMatchObject({ code: 'invalid', status: 422, fields: [{ field: '/title', code: 'required' }] });
    expect((error as BelfryError).requestId).toBeTruthy();
    await expect(belfry().user('nobody')).rejects.toMatchObject({ code: 'not_found', status: 404 });
    await expect(belfry({ key: 'belfry_sk_wrong' }).user('ann')).rejects.toMatchObject({ code: 'unauthorized' });
    expect(() => new Belfry({ url: '', key })).toThrow('BELFRY_URL');
    expect(() => new Belfry({ url: server.url })).toThrow('BELFRY_API_KEY');
  });

  it('takes address and key from the environment', async () => {
    vi.stubEnv('BELFRY_URL', `${server.url}/`);
    vi.stubEnv('BELFRY_API_KEY', key);
    expect(await new Belfry().putUser('eve')).toMatchObject({ id: 'eve' });
    vi.unstubAllEnvs();
  });

  it('gives pages of an inbox, as a client takes them', async () => {
    const b = belfry();
    await b.notifyAll(['a', 'b', 'c'].map((title) => ({ to: { user: 'fay' }, type: title === 'b' ? 'odd' : 'even', title })));
    const first = await b.inbox('fay', { limit: 2 });
    const second = await b.inbox('fay', { limit: 2, after: first.next as string });
    expect([...first.items, ...second.items].map((i) => i.title)).toEqual(['c', 'b', 'a']);
    expect(second.next).toBeUndefined();
    expect((await b.inbox('fay', { types: ['odd'], filter: 'unread' })).items.map((i) => i.title)).toEqual(['b']);
    const initial: ClientPage = await b.inbox('fay');
    const client = createClient({ url: server.url, token: (await b.token('fay')).token, initial });
    expect(client.inbox.items.map((i) => i.title)).toEqual(['c', 'b', 'a']);
    expect(client.inbox.counts).toEqual({ unread: 3, unseen: 3 });
  });

  it('stores once what it sends again after a lost answer', async () => {
    const proxy = await losing((n) => n % 2 === 1);
    const b = belfry({ url: proxy.url });
    await b.notify({ to: { user: 'dan' }, title: 'once' });
    await b.notifyAll([{ to: { user: 'dan' }, title: 'first' }, { to: { user: 'dan' }, title: 'second' }]);
    expect(proxy.lost()).toBe(2);
    expect((await server.truth('dan')).items.map((i) => i.title).sort()).toEqual(['first', 'once', 'second']);
    proxy.close();
  });

  it('waits as long as the server asks', async () => {
    const at: number[] = [];
    const busy: typeof fetch = (...args) => {
      at.push(performance.now());
      const problem = JSON.stringify({ code: 'rate_limited', detail: 'slow down' });
      return at.length > 1 ? fetch(...args) : Promise.resolve(new Response(problem, { status: 429, headers: { 'Retry-After': '1' } }));
    };
    await belfry({ fetch: busy }).notify({ to: { user: 'gus' }, title: 'patient' });
    expect((at[1] as number) - (at[0] as number)).toBeGreaterThan(990);
    expect((await server.truth('gus')).items).toHaveLength(1);
  });

  it('keeps a key of your own, and says what does not pass at once', async () => {
    const draft = { to: { user: 'hal' }, title: 'one', idempotencyKey: 'order-81-paid' };
    expect((await belfry().notify(draft)).id).toBe((await belfry().notify(draft)).id);
    let tries = 0;
    const counting: typeof fetch = (...args) => (tries++, fetch(...args));
    await expect(belfry({ fetch: counting }).notify({ ...draft, title: 'two' })).rejects.toMatchObject({ code: 'idempotency_reused', status: 422 });
    expect(tries).toBe(1);
  });

  it('gives up after as many tries as it is allowed', async () => {
    const proxy = await losing(() => true);
    await expect(belfry({ url: proxy.url, tries: 2 }).user('ann')).rejects.toMatchObject({ code: 'outcome_unknown', status: 0 });
    expect(proxy.lost()).toBe(2);
    proxy.close();
  });
});

/** A proxy that passes everything on, and loses the answers of some requests; the first is 1. */
async function losing(loses: (nth: number) => boolean): Promise<{ url: string; lost(): number; close(): void }> {
  let lost = 0;
  let nth = 0;
  const proxy: Proxy = createServer(async (from, to) => {
    const chunks: Buffer[] = [];
    for await (const chunk of from) chunks.push(chunk as Buffer);
    const { authorization = '', 'content-type': type = 'application/json' } = from.headers;
    const answer = await fetch(server.url + from.url, {
      method: from.method as string,
      headers: { authorization, 'content-type': type },
      ...(chunks.length ? { body: Buffer.concat(chunks) } : {}),
    });
    const body = await answer.text();
    if (loses(++nth)) {
      lost++;
      return void from.socket.destroy();
    }
    to.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(body);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, lost: () => lost, close: () => proxy.close() };
}
