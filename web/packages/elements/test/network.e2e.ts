// What the network does to a page, and what a page makes of it.

import type { Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { Gate } from '../../../testing/gate.js';
import { token, until } from '../../../testing/server.js';
import { bell, connection, inbox, live, shows, stage, titles, toasts, toastTitles } from './stage.js';

const s = stage();
const gates: Gate[] = [];

afterEach(async () => {
  await Promise.all(gates.splice(0).map((gate) => gate.stop()));
});

async function gate(): Promise<Gate> {
  const made = await Gate.before(s.server);
  gates.push(made);
  return made;
}

/** A page that asks for its tokens, and notes how its connection fares and whether a strip about that was ever seen. */
async function renewing(user: string, fresh: () => string): Promise<Page> {
  const page = await s.site.open(s.server.url, user, inbox, { bare: true });
  await page.exposeFunction('fresh', fresh);
  await page.evaluate((url) => {
    const all = globalThis as unknown as { fresh: () => Promise<string>; states: string[]; strips: number };
    Object.assign(all, { states: [], strips: 0 });
    const provider = document.querySelector('belfry-provider')!;
    Object.assign(provider, { url, getToken: all.fresh });
  }, s.server.url);
  await live(page);
  await page.evaluate(() => {
    const all = globalThis as unknown as { states: string[]; strips: number };
    const provider = document.querySelector('belfry-provider') as unknown as { belfry: import('@belfry/client').Client };
    provider.belfry.on('connection', ({ status }) => all.states.push(status));
    const root = document.querySelector('belfry-inbox')!.shadowRoot!;
    new MutationObserver(() => (all.strips += root.querySelectorAll('.strip').length)).observe(root, { childList: true, subtree: true });
  });
  return page;
}

describe('offline', () => {
  test('what is marked meanwhile shows at once and arrives, and what came meanwhile is there', async () => {
    const ann = s.user();
    const way = await gate();
    await s.give(ann, { title: 'One' }, { title: 'Two' }, { title: 'Three' });
    const page = await s.open(ann, inbox, { url: way.url });
    await shows(page, 'Three,Two,One');
    await page.context().setOffline(true);
    way.cut();
    await page.locator('.strip').waitFor();
    await page.locator('article').first().focus();
    await page.keyboard.press('e');
    await shows(page, 'Two,One');
    await page.keyboard.press('r');
    await until(async () => (await page.locator('article.new').count()) === 1, 'one is read');
    await s.give(ann, ...Array.from({ length: 12 }, (_, i) => ({ title: `Meanwhile ${i}` })));
    expect(await s.server.truth(ann, '&filter=archived')).toMatchObject({ items: [] });
    way.mend();
    await page.context().setOffline(false);
    await until(async () => (await s.server.truth(ann, '&filter=archived')).items.map((i) => i.title).join() === 'Three', 'what was archived is');
    await until(async () => (await s.server.truth(ann, '&filter=unread')).items.length === 13, 'and what was read');
    await until(async () => (await titles(page))[0] === 'Meanwhile 11', 'what came meanwhile is there');
    await until(async () => (await page.locator('.strip').count()) === 0, 'nothing is said any more');
  }, 60_000);

  test('a connection that is back at once is not worth a word', async () => {
    const ann = s.user();
    const way = await gate();
    const page = await s.open(ann, inbox, { url: way.url });
    await page.evaluate(() => {
      Object.assign(globalThis, { strips: 0 });
      const root = document.querySelector('belfry-inbox')!.shadowRoot!;
      new MutationObserver(() => ((globalThis as unknown as { strips: number }).strips += root.querySelectorAll('.strip').length)).observe(root, { childList: true, subtree: true });
      Math.random = () => 0; // no waiting between tries
    });
    way.cut();
    way.mend();
    await s.give(ann, { title: 'After' });
    await shows(page, 'After');
    expect(await page.evaluate('strips')).toBe(0);
  });

  test.each(['online', 'pageshow', 'visibilitychange'])('%s brings it back before its time', async (name) => {
    const way = await gate();
    const page = await s.open(s.user(), inbox, { url: way.url, script: 'Math.random = () => 0.999;' });
    way.cut();
    await until(() => page.evaluate(() => {
      const { belfry } = document.querySelector('belfry-provider') as unknown as { belfry: import('@belfry/client').Client };
      const { connection } = belfry;
      return connection.status === 'waiting' && connection.retryAt > Date.now() + 1500;
    }), 'it waits for long', 60_000);
    const status = await page.evaluate((name) => {
      const { belfry } = document.querySelector('belfry-provider') as unknown as { belfry: import('@belfry/client').Client };
      if (name === 'visibilitychange') document.dispatchEvent(new Event(name));
      else dispatchEvent(name === 'pageshow' ? new PageTransitionEvent(name, { persisted: true }) : new Event(name));
      return belfry.connection.status;
    }, name);
    expect(status).toBe('connecting');
    way.mend();
    await live(page);
  }, 90_000);
});

describe('a way that is blocked', () => {
  test.each([
    ['WebSocket', /^\/v1\/ws/, 'sse'],
    ['WebSocket and SSE', /^\/v1\/(ws|stream)/, 'poll'],
  ])('%s: it is live all the same', async (_, blocked, transport) => {
    const ann = s.user();
    const way = await gate();
    way.refuse = blocked;
    const page = await s.open(ann, bell + toasts, { url: way.url });
    expect(await connection(page)).toMatchObject({ status: 'open', transport });
    await s.give(ann, { title: 'One' });
    await until(async () => (await toastTitles(page)).join() === 'One', 'it rings');
    await page.locator('button.bell').click();
    await shows(page, 'One');
    await page.locator('article').click();
    await until(async () => (await s.server.truth(ann)).counts.unread === 0, 'a mark arrives');
  }, 90_000);
});

test('a mark made in one browser shows in another', async () => {
  const ann = s.user();
  await s.give(ann, {});
  const [one, two] = await Promise.all([s.open(ann, inbox), s.open(ann, inbox + bell)]);
  await two.locator('article.new').first().waitFor();
  await one.evaluate(() => addEventListener('keydown', () => Object.assign(globalThis, { pressed: Date.now() }), { capture: true }));
  await two.evaluate(() => {
    const root = document.querySelector('belfry-inbox')!.shadowRoot!;
    const look = (): unknown => root.querySelector('article:not(.new)') && Object.assign(globalThis, { shown: Date.now() });
    new MutationObserver(look).observe(root, { subtree: true, attributes: true, childList: true });
  });
  await one.locator('article').focus();
  await one.keyboard.press('r');
  await two.locator('article:not(.new)').waitFor();
  await until(async () => (await two.locator('.badge').count()) === 0, 'the badge goes too');
  const took = (await two.evaluate<number>('shown')) - (await one.evaluate<number>('pressed'));
  console.log(`a mark made in one browser shows in another after ${took} ms`);
});

describe('the token', () => {
  test('is renewed before it ends, and nobody notices', async () => {
    const ann = s.user();
    let asked = 0;
    const page = await renewing(ann, () => (asked++, token(ann, 4)));
    for (let i = 0; i < 3; i++) {
      const before = asked;
      await until(() => asked > before, 'another one is asked for', 30_000);
      await s.give(ann, { title: `n${i}` });
      await until(async () => (await titles(page))[0] === `n${i}`, 'it is live');
    }
    expect(await page.evaluate('states')).toEqual([]);
    expect(await page.evaluate('strips')).toBe(0);
  }, 60_000);

  test('that ended because there was no newer one is replaced when there is', async () => {
    const ann = s.user();
    let denied = false;
    const page = await renewing(ann, () => {
      if (denied) throw new Error('the backend is away');
      denied = true;
      return token(ann, 2);
    });
    await until(() => page.evaluate("states.includes('waiting')"), 'the session has ended', 120_000);
    denied = false;
    await live(page);
    await s.give(ann, { title: 'After' });
    await shows(page, 'After');
  }, 150_000);

  test('is not asked for again by who was logged out everywhere', async () => {
    const ann = s.user();
    let asked = 0;
    const page = await renewing(ann, () => (asked++, token(ann)));
    // A request on its way would be refused, and ask for a newer token once.
    await until(async () => (await page.locator('[role=tab]').allInnerTexts()).every((tab) => /\d/.test(tab)), 'every tab has its count');
    await s.server.api('DELETE', `/v1/users/${ann}/sessions`);
    await until(async () => (await connection(page)).status === 'stopped', 'who is logged out is out');
    expect(asked).toBe(1);
    await until(async () => (await page.locator('.strip').innerText()).includes('Live updates have stopped'), 'and told so');
  });
});

test('a native EventSource goes through a drain without a gap', async () => {
  const ann = s.user();
  const page = await s.site.open(s.server.url, ann, '', { bare: true });
  await page.evaluate((url) => {
    const got: string[] = [];
    const source = new EventSource(url);
    source.addEventListener('notification', ({ data }) => got.push((JSON.parse(data) as { item: { title: string } }).item.title));
    source.addEventListener('bye', () => got.push('bye'));
    Object.assign(globalThis, { got, source });
  }, `${s.server.url}/v1/stream?token=${token(ann)}`);
  await until(() => page.evaluate('source.readyState === 1'), 'the stream is open');
  const sent = Array.from({ length: 60 }, (_, i) => `n${i}`);
  let drained: Promise<void> | undefined;
  for (const title of sent) {
    if (title === 'n20') drained = s.server.down('SIGTERM').then(() => s.server.up());
    if (title === 'n40') await drained;
    await publishOnce(ann, title);
  }
  const got = (): Promise<string[]> => page.evaluate('got');
  await until(async () => (await got()).includes('n59'), 'the last one came', 60_000);
  expect((await got()).filter((title) => title !== 'bye')).toEqual(sent);
  expect(await got()).toContain('bye');
}, 120_000);

/** Publishes exactly once, whoever is away meanwhile. */
async function publishOnce(user: string, title: string): Promise<void> {
  await until(() => s.server.publish({ to: { user }, title, idempotencyKey: `${user} ${title}` }).catch(() => undefined), `${title} is published`, 60_000);
}
