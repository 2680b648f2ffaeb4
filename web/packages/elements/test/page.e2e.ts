// What of the page and the system around may be touched: only what the app asks for.

import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { until } from '../../../testing/server.js';
import { hide, inbox, live, shows, stage, toasts } from './stage.js';

const s = stage();

/** Notes what the page does to the world outside, instead of doing it. */
const world = `
  globalThis.did = [];
  navigator.setAppBadge = async (n) => void did.push('badge ' + n);
  globalThis.Notification = class {
    static permission = 'default';
    static requestPermission = async () => (did.push('asked'), (this.permission = 'granted'));
    constructor(title, options) { did.push('notice ' + title + ' ' + options.body); globalThis.shown = this; }
    close() {}
  };
  { const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (when) { did.push('sound'); start.call(this, when); }; }
`;
const did = (page: Page): Promise<string[]> => page.evaluate('did');
const icon = (page: Page): Promise<string | null> => page.evaluate(() => document.querySelector<HTMLLinkElement>('link[rel=icon]')!.getAttribute('href'));

describe('what is opt-in', () => {
  test('nothing happens unasked', async () => {
    const ann = s.user();
    await s.give(ann, { title: 'Old' });
    const page = await s.open(ann, inbox + toasts, { script: world });
    await page.locator('h2').click(); // a gesture
    await hide(page);
    await s.give(ann, { title: 'New' });
    await page.getByText('New', { exact: true }).first().waitFor();
    expect(await did(page)).toEqual([]);
    expect([await page.title(), await icon(page)]).toEqual(['Page', '/icon.svg']);
  });

  test('the number of unread in the title, the icon and the app badge, and back', async () => {
    const ann = s.user();
    await s.give(ann, {});
    const page = await s.open(ann, inbox, { script: world, attributes: 'tab-title app-badge favicon="/unread.svg"' });
    await until(async () => (await page.title()) === '(1) Page', 'the number');
    expect(await icon(page)).toBe('/unread.svg');
    await page.getByLabel('Mark all as read').click();
    await until(async () => (await page.title()) === 'Page', 'the bare title');
    await until(async () => (await icon(page))?.endsWith('/icon.svg'), 'the bare icon');
    expect([...new Set((await did(page)).slice(-2))]).toEqual(['badge 1', 'badge 0']);
  });

  test('system notices: asked for by a button, shown while the page is hidden, and a click opens', async () => {
    const ann = s.user();
    const page = await s.open(ann, inbox, { script: world, attributes: 'system-notice' });
    expect(await did(page)).toEqual([]);
    await page.getByLabel('Turn on desktop notifications').click();
    await until(async () => (await did(page)).join() === 'asked', 'the browser is asked');
    expect(await page.getByLabel('Turn on desktop notifications').count()).toBe(0);
    await s.give(ann, { title: 'While looking' });
    await shows(page, 'While looking');
    await hide(page);
    await s.give(ann, { title: 'Away', body: 'for tea', actionUrl: '/tea' });
    await until(async () => (await did(page)).join() === 'asked,notice Away for tea', 'one notice');
    await page.evaluate(() => {
      document.querySelector('belfry-provider')!.navigate = (url) => (globalThis as unknown as { did: string[] }).did.push(`navigate ${url}`);
      (globalThis as unknown as { shown: { onclick: () => void } }).shown.onclick();
    });
    await until(async () => (await did(page)).at(-1) === 'navigate /tea', 'it opens');
  });
});

test('sounds: after a gesture, in one tab, never a burst, not while muted, handed over when the tab closes', async () => {
  const ann = s.user();
  const open = (context?: ReturnType<Page['context']>): Promise<Page> =>
    s.open(ann, inbox, { attributes: 'sound', script: world, ...(context ? { context } : {}) });
  const one = await open();
  const two = await open(one.context());
  const both = [one, two];
  const everybody = (title: string, pages = both): Promise<unknown> => Promise.all(pages.map((page) => page.getByText(title, { exact: true }).first().waitFor()));
  const sounds = async (pages = both): Promise<number> => (await Promise.all(pages.map(did))).flat().length;
  const quiet = 2100; // what comes within two seconds of a sound is silent
  await s.give(ann, { title: 'Locked' });
  await everybody('Locked');
  expect(await sounds()).toBe(0);
  for (const page of both) await page.locator('h2').click();
  await s.give(ann, { title: 'A' }, { title: 'B' }, { title: 'C' });
  await everybody('C');
  expect(await sounds()).toBe(2); // one sound is two notes
  await one.waitForTimeout(quiet);
  await s.give(ann, { title: 'Low', priority: 'low' }, { title: 'Silent', silent: true });
  await everybody('Silent');
  expect(await sounds()).toBe(2);
  await two.getByLabel('Mute sounds').click();
  await s.give(ann, { title: 'Muted' });
  await everybody('Muted');
  expect(await sounds()).toBe(2);
  await two.getByLabel('Unmute sounds').click();
  const before = await sounds([two]);
  await one.close();
  await until(async () => {
    await s.give(ann, { title: 'D' });
    return (await sounds([two])) > before;
  }, 'the other tab rings');
}, 60_000);

describe('the look', () => {
  test('by custom properties and parts; light, dark, or as the system has it', async () => {
    const ann = s.user();
    await s.give(ann, {});
    const page = await s.open(ann, `<div class="themed">${inbox}</div>`, { browser: { colorScheme: 'dark' } });
    const look = (selector: string, property: 'color' | 'backgroundColor'): Promise<string> =>
      page.locator(selector).first().evaluate((e, p) => getComputedStyle(e)[p], property);
    await page.locator('article').waitFor();
    expect(await look('article .dot', 'backgroundColor')).toBe('rgb(1, 2, 3)');
    expect(await look('article .title', 'color')).toBe('rgb(4, 5, 6)');
    const dark = await look('belfry-inbox', 'backgroundColor');
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await look('belfry-inbox', 'backgroundColor');
    expect(light).not.toBe(dark);
    await page.evaluate(() => (document.querySelector('belfry-provider')!.theme = 'dark'));
    await until(async () => (await look('belfry-inbox', 'backgroundColor')) === dark, 'dark, whatever the system says');
  });

  test('in the language of the page, or another; with words of the app', async () => {
    const ann = s.user();
    const page = await s.open(ann, inbox, { attributes: 'locale="ar"' });
    await page.getByRole('heading', { name: 'الإشعارات' }).waitFor();
    expect(await page.locator('.inbox').getAttribute('dir')).toBe('rtl');
    await page.evaluate(() => Object.assign(document.querySelector('belfry-provider')!, { locale: 'de', strings: { notifications: 'Glocke' } }));
    await page.getByRole('heading', { name: 'Glocke' }).waitFor();
    await page.getByText('Alles erledigt').waitFor();
  });

  test('little moves for who wants little to move', async () => {
    const ann = s.user();
    const page = await s.open(ann, toasts, { browser: { reducedMotion: 'reduce' } });
    await s.give(ann, { priority: 'urgent' });
    expect(await page.locator('li').evaluate((e) => getComputedStyle(e).animationDuration)).toBe('0.001s');
  });
});

describe('living in a page', () => {
  test('a second copy of the library leaves the first alone', async () => {
    const page = await s.open(s.user(), inbox);
    expect(await page.evaluate("import('/page.js?again').then(() => 'fine')")).toBe('fine');
  });

  test('elements may be moved, taken away and brought back', async () => {
    const ann = s.user();
    await s.give(ann, { title: 'One' });
    const page = await s.open(ann, inbox);
    await shows(page, 'One');
    await page.evaluate(() => {
      const provider = document.querySelector('belfry-provider')!;
      const element = provider.querySelector('belfry-inbox')!;
      element.remove();
      document.body.append(provider);
      provider.append(element);
    });
    await s.give(ann, { title: 'Two' });
    await shows(page, 'Two,One');
    await page.evaluate(async () => {
      const provider = document.querySelector('belfry-provider')!;
      provider.remove();
      await new Promise((resolve) => setTimeout(resolve, 50));
      document.body.append(provider);
    });
    await live(page);
    await s.give(ann, { title: 'Three' });
    await shows(page, 'Three,Two,One');
  });
});
