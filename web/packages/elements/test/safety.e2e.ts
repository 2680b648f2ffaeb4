// What must never happen, whatever an item says; and what a reader with assistive technology meets.

import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Server, token, until } from '../../../testing/server.js';
import { Site } from './browser.js';
import { hostileText, hostileUrls } from './hostile.js';
import { item } from './item.js';
import { samples } from './samples.js';

let server: Server;
let site: Site;

beforeAll(async () => {
  [server, site] = await Promise.all([Server.start(), Site.start()]);
});
afterAll(async () => {
  await site?.stop();
  await server?.stop();
});

/** A page that holds these items without ever having been connected. */
async function hold(items: readonly unknown[]): Promise<Page> {
  const page = await site.open(server, 'x', '', {});
  await page.waitForFunction('globalThis.createClient');
  await page.evaluate(
    ([url, secret, held]) => {
      const page = globalThis as unknown as { createClient: (o: object) => never; hurt: () => void; hurts: number; heard: unknown[] };
      Object.assign(page, { hurts: 0, hurt: () => page.hurts++, heard: [] });
      for (const name of ['belfry-open', 'belfry-action']) {
        document.addEventListener(name, (e) => page.heard.push((e as CustomEvent<{ url?: string }>).detail.url ?? null));
      }
      const initial = { items: held, counts: { unread: 0, unseen: 0, p: 0, s: 0 }, cursor: 'x' };
      const inbox = document.createElement('belfry-inbox');
      inbox.client = page.createClient({ url, token: secret, initial });
      const begun = performance.now();
      document.body.append(inbox);
      requestAnimationFrame(() => setTimeout(() => Object.assign(page, { first: performance.now() - begun })));
    },
    [server.url, token('x'), items] as const,
  );
  await page.locator('article').first().waitFor();
  return page;
}

async function unharmed(page: Page, address: string): Promise<void> {
  expect(await page.evaluate('hurts')).toBe(0);
  expect(await page.evaluate('violations')).toEqual([]);
  expect(page.url()).toBe(address);
  expect(page.context().pages()).toHaveLength(1);
}

describe('hostile items', () => {
  test('text is text in every field', async () => {
    const page = await hold(hostileText.map((t, i) => item({
      ago: i, id: t, type: t, title: t, body: t, group: t, actor: { id: t, name: t }, entity: { type: t, id: t }, actions: [{ id: t, label: t }], data: { t } as never,
    })));
    const address = page.url();
    await page.locator('article').first().focus();
    for (const text of hostileText) {
      await page.keyboard.press('Enter');
      const shown = page.locator('article.active .title');
      expect(await shown.evaluate((e) => e.textContent)).toBe(text);
      await page.keyboard.press('j');
    }
    await unharmed(page, address);
    await page.context().close();
  });

  test('no hostile address is followed or loaded', async () => {
    const page = await hold(hostileUrls.map((url, i) => item({
      ago: i, title: `${i}`, actionUrl: url, imageUrl: url, actor: { name: 'A', avatarUrl: url }, actions: [{ id: 'a', label: 'Do', url }],
    })));
    const address = page.url();
    await page.locator('article').first().focus();
    for (let i = 0; i < hostileUrls.length; i++) {
      await page.keyboard.press('Enter');
      await page.locator('article.active .actions button').click();
      expect(await page.locator('article.active img').count()).toBe(0);
      await page.keyboard.press('j');
    }
    expect(await page.evaluate('heard')).toEqual(Array.from({ length: 2 * hostileUrls.length }, () => null));
    await unharmed(page, address);
    await page.context().close();
  });

  test('toasts too, under a strict policy', async () => {
    const page = await site.open(server, 'eve', '<belfry-bell></belfry-bell><belfry-toasts></belfry-toasts>');
    await page.locator('belfry-toasts').waitFor({ state: 'attached' });
    await page.evaluate('globalThis.hurts = 0; globalThis.hurt = () => hurts++');
    const address = page.url();
    for (const text of hostileText.filter((t) => t.length <= 200)) {
      await server.publish({ to: { user: 'eve' }, title: `>${text}`, body: text, priority: 'urgent', actor: { name: text } }).catch(() => {});
    }
    await page.locator('li').nth(2).waitFor();
    await unharmed(page, address);
    await page.context().close();
  });
});

describe('axe-core', () => {
  const check = async (page: Page): Promise<string[]> => {
    await page.evaluate(axe.source);
    const options = "{ rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false } } }"; // of pages, not of components
    const { violations } = await page.evaluate<axe.AxeResults>(`axe.run(document, ${options})`);
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary ?? ''}`).join('\n')}`);
  };

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`no violation, ${colorScheme}`, async () => {
      const who = `axe-${colorScheme}`;
      for (const sample of samples) await server.publish({ to: { user: who }, ...sample });
      const body = '<belfry-bell></belfry-bell><belfry-inbox></belfry-inbox><belfry-toasts></belfry-toasts>';
      const page = await site.open(server, who, body, { colorScheme, attributes: 'sound', reducedMotion: 'reduce' });
      await page.locator('article').nth(5).waitFor();
      expect(await check(page)).toEqual([]);
      await page.locator('.toggle').click();
      for (const level of ['info', 'success', 'warning', 'error'] as const) {
        await server.publish({ to: { user: who }, title: `Toast ${level}`, body: 'Body', level, priority: 'urgent', actions: [{ id: 'a', label: 'Act' }] });
      }
      await page.locator('li').nth(2).waitFor();
      await page.locator('article').nth(1).focus();
      await page.keyboard.press('e');
      await page.locator('.undo').waitFor();
      expect(await check(page)).toEqual([]);
      await page.getByRole('tab', { name: 'Snoozed' }).click();
      await page.getByText('Nothing snoozed').waitFor();
      expect(await check(page)).toEqual([]);
      await page.locator('button.bell').click();
      await page.locator('belfry-bell article').first().waitFor();
      expect(await check(page)).toEqual([]);
      await page.context().close();
    });
  }
});

test('10,000 items: said, not judged', async () => {
  const items = Array.from({ length: 10_000 }, (_, i) => item({ ago: i * 90, title: `Item ${i}`, ...(i % 3 ? { body: 'A line of text' } : {}) }));
  const few = await hold(items.slice(0, 20));
  const least = await few.evaluate<number>('first');
  await few.context().close();
  const page = await hold(items);
  const first = await page.evaluate<number>('first');
  const scrolled = await page.evaluate(async () => {
    const tasks: number[] = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' });
    const scroll = document.querySelector('belfry-inbox')!.shadowRoot!.querySelector('.scroll')!;
    let frames = 0;
    for (const begun = performance.now(); performance.now() - begun < 2000; frames++) {
      scroll.scrollTop += 240;
      await new Promise(requestAnimationFrame);
    }
    return { frames, tasks, at: scroll.scrollTop, articles: document.querySelector('belfry-inbox')!.shadowRoot!.querySelectorAll('article').length };
  });
  console.log(`10,000 items: first render ${Math.round(first)} ms (20 items: ${Math.round(least)} ms); ${JSON.stringify(scrolled)}`);
  expect(scrolled.articles).toBeLessThan(40);
  await page.keyboard.press('Tab');
  await page.locator('article[tabindex="0"]').focus();
  await page.keyboard.press('End');
  await page.getByText('Item 9999', { exact: true }).waitFor();
  await until(() => page.locator('article:focus').count(), 'the last has the focus');
  await page.context().close();
});
