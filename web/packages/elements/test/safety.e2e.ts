// What must never happen, whatever an item says. That no page throws or breaks its policy is held by the stage, after each test.

import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { Rogue } from '../../../testing/rogue.js';
import { until } from '../../../testing/server.js';
import { hold } from './hold.js';
import { hostileText, hostileUrls } from './hostile.js';
import { item } from './item.js';
import { bell, inbox, stage, toasts } from './stage.js';

const s = stage();
const hostile = [...hostileText, ...hostileUrls];

interface Eyes {
  readonly address: string;
  readonly asked: string[];
}

/** Arms a page: from here on hurt() counts, the app hears of what is opened, and requests are noted. */
async function arm(page: Page): Promise<Eyes> {
  const asked: string[] = [];
  page.context().on('request', (request) => asked.push(request.url()));
  page.on('dialog', (dialog) => asked.push(`dialog ${dialog.message()}`));
  await page.evaluate(() => {
    const all = globalThis as unknown as { hurts: number; hurt: () => void; heard: unknown[] };
    Object.assign(all, { hurts: 0, hurt: () => all.hurts++, heard: [] });
    for (const name of ['belfry-open', 'belfry-action']) {
      document.addEventListener(name, (e) => all.heard.push((e as CustomEvent<{ url?: string }>).detail.url ?? null));
    }
  });
  return { address: page.url(), asked };
}

async function unharmed(page: Page, { address, asked }: Eyes): Promise<void> {
  expect(await page.evaluate('hurts')).toBe(0);
  expect(page.url()).toBe(address);
  expect(page.context().pages()).toHaveLength(1);
  expect(await page.evaluate('Object.keys(Object.prototype)')).toEqual([]);
  const allowed = [s.site.url, s.server.url];
  expect(asked.filter((url) => !allowed.some((origin) => url.startsWith(`${origin}/`)))).toEqual([]);
}

/** An item that is hostile through and through. */
const through = (text: string, i: number): ReturnType<typeof item> =>
  item({
    ago: i, id: `${text} ${i}`, type: text, level: text as never, priority: text as never, title: text, body: text, group: `${text} ${i}`, collapseKey: text,
    to: { topic: text }, actor: { id: text, name: text, avatarUrl: text }, entity: { type: text, id: text }, actionUrl: text, imageUrl: text,
    actions: [{ id: text, label: text, url: text, style: text as never }, { id: 'x', label: 'Act', url: text }], data: { [text]: text },
  });

test('eyes see: what is forbidden is noticed', async () => {
  const page = await s.site.open(s.server.url, 'x', '', { bare: true });
  await page.evaluate(() => {
    const image = new Image();
    const failed = new Promise((resolve) => (image.onerror = resolve));
    image.src = 'https://evil.invalid/x.png';
    return failed;
  });
  await page.evaluate(() => setTimeout(() => (document.body.innerHTML = '<b>')));
  const wrongs: string[] = [];
  await until(async () => wrongs.push(...(await s.site.clear())) >= 2, 'both are seen');
});

describe('hostile through and through', () => {
  test('in the inbox: text is text, no address is followed or loaded', async () => {
    const page = await hold(s, hostile.map(through));
    const eyes = await arm(page);
    await page.locator('article').first().focus();
    for (const text of hostile) {
      const row = page.locator('article.active');
      await page.keyboard.press('Enter');
      expect(await row.locator('.title').evaluate((e) => e.textContent)).toBe(text);
      expect(await row.locator('a, img, [href], [src]').count()).toBe(0);
      await row.getByText('Act', { exact: true }).click();
      if (hostileUrls.includes(text)) await row.click({ button: 'middle', position: { x: 30, y: 30 } });
      await page.keyboard.press('j');
    }
    expect(await page.evaluate('heard')).toEqual(Array.from({ length: 2 * hostile.length }, () => null));
    await unharmed(page, eyes);
  }, 120_000);

  test('in toasts, with sounds, titles and notices', async () => {
    const rogue = await Rogue.start();
    try {
      const page = await s.open('eve', `${bell}${toasts}`, { url: rogue.url, attributes: 'sound tab-title system-notice', browser: { reducedMotion: 'reduce' } });
      const eyes = await arm(page);
      const title = page.locator('li .title').first();
      for (const [i, text] of hostile.entries()) {
        rogue.send(through(text, i));
        await until(async () => (await page.locator('li').count()) && (await title.textContent()) === text, `a toast says ${JSON.stringify(text)}`);
        expect(await page.locator('li').locator('a, img, [href], [src]').count()).toBe(0);
        await page.locator('li').getByText('Act', { exact: true }).click();
      }
      expect(await page.evaluate('heard')).toEqual(hostile.map(() => null));
      await unharmed(page, { ...eyes, asked: eyes.asked.filter((url) => !url.startsWith(rogue.url)) });
    } finally {
      await rogue.stop();
    }
  }, 120_000);
});

test('what the server takes, it gives as it is, to every element', async () => {
  const page = await s.open('mal', `${bell}${toasts}${inbox}`, { attributes: 'sound tab-title' });
  const eyes = await arm(page);
  let taken = 0;
  for (const [i, text] of hostile.entries()) {
    const data = { [text]: text };
    const draft = { to: { user: 'mal' }, title: text || 'x', body: text, actor: { id: text, name: text }, entity: { type: 'x', id: text }, group: `${text} ${i}`, actions: [{ id: 'x', label: text }], data };
    const accepted = await s.server.publish({ ...draft, priority: 'urgent' } as never).then(() => true, () => false);
    if (accepted) taken++;
    // Never an address.
    for (const field of ['actionUrl', 'imageUrl'] as const) {
      if (!hostileUrls.includes(text) || !text) continue;
      await expect(s.server.publish({ to: { user: 'mal' }, title: 'x', [field]: text }), `${field} ${text}`).rejects.toThrow(' 422 ');
    }
  }
  expect(taken).toBeGreaterThan(40);
  await until(async () => (await s.server.truth('mal')).counts.unseen === 0, 'all were on the screen');
  await unharmed(page, eyes);
}, 120_000);
