import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { until } from '../../../testing/server.js';
import { bell, hide, live, stage, toasts, toastTitles } from './stage.js';

const s = stage();
const shown = (page: Page, want: string): Promise<void> =>
  until(async () => (await toastTitles(page)).join() === want, `the toasts are: ${want}`);

test('nothing that is old, silent or of priority low', async () => {
  const ann = s.user();
  await s.give(ann, { title: 'Old' });
  const page = await s.open(ann, bell + toasts);
  await s.give(ann, { title: 'Silent', silent: true }, { title: 'Low', priority: 'low' }, { title: 'New' });
  await page.locator('li').first().waitFor();
  expect(await toastTitles(page)).toEqual(['New']);
});

test('three are shown, what says the same is counted; five seconds, but what is urgent stays', async () => {
  const ann = s.user();
  const page = await s.open(ann, toasts);
  await page.evaluate(() => {
    const root = document.querySelector('belfry-toasts')!.shadowRoot!;
    const times: Record<string, number[]> = {};
    const look = (): void => {
      for (const title of ['B', 'C']) {
        const there = [...root.querySelectorAll('li .title')].some((t) => t.textContent === title);
        const known = (times[title] ??= []);
        if (there === (known.length % 2 === 0)) known.push(performance.now());
      }
    };
    new MutationObserver(look).observe(root, { subtree: true, childList: true, characterData: true });
    Object.assign(globalThis, { times });
  });
  await s.give(ann, { title: 'Urgent', priority: 'urgent' }, { title: 'A' }, { title: 'A' }, { title: 'B' }, { title: 'C' });
  await shown(page, 'C,B,2 ×A');
  await shown(page, 'Urgent');
  const times = await page.evaluate<Record<string, number[]>>('times');
  for (const [from = 0, to = 0] of Object.values(times)) expect(to - from).toBeGreaterThan(4700);
  await page.getByLabel('Close').click();
  await until(async () => (await page.locator('li').count()) === 0, 'closed');
  expect((await s.server.truth(ann)).counts.unread).toBe(5);
});

test('the clock stops under a pointer, with the focus, and while nobody looks', async () => {
  const users = [s.user(), s.user(), s.user(), s.user()];
  const [pointed, focused, hidden, left] = (await Promise.all(users.map((user) => s.open(user, toasts)))) as [Page, Page, Page, Page];
  const count = (page: Page): Promise<number> => page.locator('li').count();
  await hide(hidden);
  await Promise.all(users.map((user) => s.give(user, {})));
  await pointed.locator('li').hover();
  await focused.locator('li button').first().focus();
  await hidden.locator('li').waitFor();
  await until(async () => (await count(left)) === 1, 'it is there');
  await until(async () => (await count(left)) === 0, 'its time is over');
  // The others had as long, and longer.
  await pointed.waitForTimeout(2000);
  expect(await Promise.all([pointed, focused, hidden].map(count))).toEqual([1, 1, 1]);
  await pointed.mouse.move(5, 5);
  await focused.evaluate(() => (document.querySelector('belfry-toasts')!.shadowRoot!.activeElement as HTMLElement).blur());
  await hide(hidden, false);
  for (const page of [pointed, focused, hidden]) await until(async () => (await count(page)) === 0, 'it goes');
});

test('what was read elsewhere goes', async () => {
  const ann = s.user();
  const page = await s.open(ann, toasts);
  await s.give(ann, { priority: 'urgent' });
  await page.locator('li').waitFor();
  await s.server.api('POST', `/v1/users/${ann}/inbox/marks`, { action: 'read', all: true });
  await until(async () => (await page.locator('li').count()) === 0, 'it goes');
});

test('a click opens it, a button acts', async () => {
  const ann = s.user();
  const page = await s.open(ann, toasts);
  await page.evaluate(() => {
    const heard: unknown[] = [];
    for (const name of ['belfry-open', 'belfry-action'] as const) document.addEventListener(name, (e) => heard.push(`${name} ${(e as CustomEvent<{ url?: string }>).detail.url}`));
    document.querySelector('belfry-provider')!.navigate = (url) => heard.push(`navigate ${url}`);
    Object.assign(globalThis, { heard });
  });
  await s.give(ann, { title: 'One', priority: 'urgent', actionUrl: '/one', actions: [{ id: 'yes', label: 'Yes' }] });
  await page.getByText('Yes').click();
  await until(async () => (await page.locator('li').count()) === 0, 'it is done with');
  await s.give(ann, { title: 'Two', priority: 'urgent', actionUrl: '/two' });
  await page.locator('li').click({ position: { x: 30, y: 40 } });
  await until(async () => (await page.locator('li').count()) === 0, 'it is done with');
  expect(await page.evaluate('heard')).toEqual(['belfry-action undefined', 'belfry-open /two', 'navigate /two']);
  await until(async () => (await s.server.truth(ann)).counts.unread === 0, 'both are read');
});

test('six positions, and who cannot see hears of it', async () => {
  const ann = s.user();
  const page = await s.open(ann, toasts);
  await s.give(ann, { title: 'Polite', priority: 'urgent', level: 'info' }, { title: 'Grave', priority: 'urgent', level: 'error' });
  await shown(page, 'Grave,Polite');
  expect(await page.locator('belfry-toasts [role=alert]').textContent()).toBe('Grave');
  const { width, height } = page.viewportSize()!;
  const places = await page.evaluate(() => {
    const element = document.querySelector('belfry-toasts')!;
    return (['top-start', 'top-center', 'top-end', 'bottom-start', 'bottom-center', 'bottom-end'] as const).map((position) => {
      element.position = position;
      element.setAttribute('position', position);
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return [Math.round((left + right) / 2), Math.round((top + bottom) / 2)];
    });
  });
  const names = places.map(([x = 0, y = 0]) => {
    const side = x < width / 2 - 50 ? 'start' : x > width / 2 + 50 ? 'end' : 'center';
    return `${y < height / 2 ? 'top' : 'bottom'}-${side}`;
  });
  expect(names).toEqual(['top-start', 'top-center', 'top-end', 'bottom-start', 'bottom-center', 'bottom-end']);
});

test('after an absence one line, whatever the number, and none for what was seen elsewhere', async () => {
  const ann = s.user();
  const page = await s.open(ann, toasts);
  const away = async (meanwhile: () => Promise<void>): Promise<void> => {
    await page.evaluate(() => (document.querySelector('belfry-provider') as unknown as { belfry: { disconnect(): void } }).belfry.disconnect());
    await meanwhile();
    await page.evaluate(() => (document.querySelector('belfry-provider') as unknown as { belfry: { connect(): void } }).belfry.connect());
    await live(page);
  };
  await away(() => s.give(ann, ...Array.from({ length: 12 }, (_, i) => ({ title: `n${i}` })), { title: 'low', priority: 'low' }));
  await shown(page, '12 new while you were away');
  await page.getByLabel('Close').click();
  await away(async () => {
    await s.give(ann, { title: 'Seen elsewhere' });
    await s.server.api('POST', `/v1/users/${ann}/inbox/marks`, { action: 'seen', all: true });
  });
  await s.give(ann, { title: 'Live', priority: 'urgent' });
  await shown(page, 'Live');
});
