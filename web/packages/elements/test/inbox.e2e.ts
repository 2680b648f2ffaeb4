import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { Gate } from '../../../testing/gate.js';
import { until } from '../../../testing/server.js';
import { focused, inbox, shows, stage, titles } from './stage.js';

const s = stage();
const unread = async (user: string, want: number): Promise<void> =>
  until(async () => (await s.server.truth(user)).counts.unread === want, `${want} are unread`);

describe('groups', () => {
  test('show their number, open and close', async () => {
    const ann = s.user();
    await s.give(ann, { title: 'CPU', group: 'g' }, { title: 'Alone' }, { title: 'CPU', group: 'g' }, { title: 'CPU', group: 'g' });
    const page = await s.open(ann, inbox);
    await shows(page, '3 × CPU,Alone');
    await page.locator('.toggle').click();
    await until(async () => (await page.locator('article').count()) === 5, 'its items');
    await page.locator('article').first().focus();
    await page.keyboard.press('ArrowLeft');
    await until(async () => (await page.locator('article').count()) === 2, 'closed by the keyboard');
    await page.keyboard.press('r');
    await unread(ann, 1); // an act on a group is on all of it
  });

  test('are made of what says the same within a minute', async () => {
    const ann = s.user();
    await s.give(ann, ...Array.from({ length: 3 }, () => ({ title: 'Memory above 80 %', level: 'warning' })), { title: 'Memory above 80 %', level: 'error' });
    const page = await s.open(ann, inbox);
    await shows(page, 'Memory above 80 %,3 × Memory above 80 %');
    await s.give(ann, { title: 'Memory above 80 %', level: 'warning' });
    await shows(page, '4 × Memory above 80 %,Memory above 80 %');
  });
});

describe('acts', () => {
  test('read, unread, delete and undo by keyboard', async () => {
    const ann = s.user();
    await s.give(ann, { title: 'One' }, { title: 'Two' });
    const page = await s.open(ann, inbox);
    await page.locator('article').first().focus();
    await page.keyboard.press('r');
    await unread(ann, 1);
    await page.keyboard.press('u');
    await unread(ann, 2);
    await page.keyboard.press('Delete');
    await shows(page, 'One');
    await page.keyboard.press('z');
    await shows(page, 'Two,One');
    expect((await s.server.truth(ann)).items).toHaveLength(2);
    await page.keyboard.press('Home');
    await until(async () => (await focused(page)) === 'Unread: Two', 'Home goes to the first');
    await page.keyboard.press('Delete');
    await until(async () => (await s.server.truth(ann)).items.length === 1, 'deleted for good when the time to undo is over');
  });

  test('keys do nothing while the focus is elsewhere', async () => {
    const ann = s.user();
    await s.give(ann, {});
    const page = await s.open(ann, `${inbox}<input id="field">`);
    await page.locator('article').waitFor();
    await page.locator('#field').pressSequentially('er#');
    expect(await page.locator('#field').inputValue()).toBe('er#');
    expect((await s.server.truth(ann)).items[0]).not.toHaveProperty('readAt');
  });

  test('mark all, archive all and its undo', async () => {
    const ann = s.user();
    await s.give(ann, { title: 'One' }, { title: 'Two' });
    const page = await s.open(ann, inbox);
    await page.locator('article').first().waitFor();
    await page.getByLabel('Mark all as read').click();
    await unread(ann, 0);
    await page.getByLabel('Archive all').click();
    await page.getByText('All caught up').waitFor();
    await page.getByText('Undo').click();
    await shows(page, 'Two,One');
  });

  test('snooze, and wake up now', async () => {
    const ann = s.user();
    await s.give(ann, {});
    const page = await s.open(ann, inbox);
    await page.locator('article').focus();
    await page.keyboard.press('s');
    await until(async () => (await focused(page))?.includes('In an hour'), 'the menu has the focus');
    await page.keyboard.press('Enter');
    await until(async () => (await s.server.truth(ann, '&filter=snoozed')).items.length === 1, 'snoozed');
    await page.getByRole('tab', { name: 'Snoozed' }).click();
    await page.locator('article').hover();
    await page.getByLabel('Wake up now').click();
    await until(async () => (await s.server.truth(ann)).items.length === 1, 'awake');
  });

  test('each tab says how many it holds', async () => {
    const ann = s.user();
    await s.give(ann, { title: 'One' }, { title: 'Two' }, { title: 'Three' });
    const page = await s.open(ann, inbox);
    await page.locator('article').first().focus();
    await page.keyboard.press('e');
    await page.keyboard.press('r');
    const tabs = async (): Promise<string> => (await page.getByRole('tab').allInnerTexts()).map((t) => t.replace(/\s/g, '')).join();
    await until(async () => (await tabs()) === 'All2,Unread1,Snoozed0,Archived1', 'the numbers');
  });
});

describe('where an item leads', () => {
  const listen = (page: Page): Promise<void> =>
    page.evaluate(() => {
      const heard: unknown[] = [];
      for (const name of ['belfry-open', 'belfry-action'] as const) document.addEventListener(name, (e) => heard.push(`${name} ${(e as CustomEvent<{ url?: string }>).detail.url}`));
      document.querySelector('belfry-provider')!.navigate = (url) => heard.push(`navigate ${url}`);
      Object.assign(globalThis, { heard });
    });
  const heard = (page: Page): Promise<string[]> => page.evaluate('heard');

  test('the app hears of it, may prevent it, or has its router follow', async () => {
    const ann = s.user();
    await s.give(ann, { actionUrl: '/orders/1' });
    const page = await s.open(ann, inbox);
    await page.locator('article').waitFor();
    await listen(page);
    await page.evaluate(() => document.addEventListener('belfry-open', (e) => e.preventDefault(), { once: true }));
    await page.locator('article').click();
    await page.locator('article').focus();
    await page.keyboard.press('Enter');
    expect(await heard(page)).toEqual(['belfry-open /orders/1', 'belfry-open /orders/1', 'navigate /orders/1']);
    await unread(ann, 0);
  });

  test('it is a real link: a middle click opens a tab, and the app is left alone', async () => {
    const ann = s.user();
    const view = { id: 'view', label: 'View', url: '/orders/2/view' };
    await s.give(ann, { title: 'Plain' }, { title: 'Order', actionUrl: '/orders/2', actions: [view, { id: 'no', label: 'No' }] });
    const page = await s.open(ann, inbox);
    await page.locator('article').nth(1).waitFor();
    await listen(page);
    expect(await page.locator('a').evaluateAll((links) => links.map((a) => a.getAttribute('href')))).toEqual(['/orders/2', '/orders/2/view']);
    const opens = async (act: () => Promise<void>): Promise<string> => {
      const [opened] = await Promise.all([page.context().waitForEvent('page'), act()]);
      await opened.waitForLoadState();
      const { pathname } = new URL(opened.url());
      await opened.close();
      return pathname;
    };
    const corner = { position: { x: 60, y: 50 } }; // the row, beside the words
    expect(await opens(() => page.locator('article').first().click({ ...corner, button: 'middle' }))).toBe('/orders/2');
    expect(await opens(() => page.locator('a.title').click({ modifiers: ['ControlOrMeta'] }))).toBe('/orders/2');
    expect(await opens(() => page.getByText('View', { exact: true }).click({ button: 'middle' }))).toBe('/orders/2/view');
    expect(await heard(page)).toEqual([]);
    await unread(ann, 1);
    await page.getByText('View', { exact: true }).click();
    await page.getByText('No', { exact: true }).click();
    await page.getByText('Plain').click();
    expect(await heard(page)).toEqual(['belfry-action /orders/2/view', 'navigate /orders/2/view', 'belfry-action undefined', 'belfry-open undefined']);
    expect(page.context().pages()).toHaveLength(1);
  });

  test('without a router the page goes there', async () => {
    const ann = s.user();
    await s.give(ann, { actionUrl: '/orders/3' });
    const page = await s.open(ann, inbox);
    await page.locator('a.title').click();
    await page.waitForURL('**/orders/3');
    await unread(ann, 0);
  });
});

test('infinite scroll: the next page before the end is reached, few rows at a time', async () => {
  const ann = s.user();
  const notifications = Array.from({ length: 250 }, (_, i) => ({ to: { user: ann }, title: `n${i}` }));
  await s.server.api('POST', '/v1/notifications/batch', { notifications });
  const page = await s.open(ann, inbox);
  await page.locator('article').first().waitFor();
  expect(await page.locator('article').first().getAttribute('aria-setsize')).toBe('-1');
  await page.locator('article').first().hover();
  const last = page.getByText('n0', { exact: true });
  await until(async () => {
    await page.mouse.wheel(0, 2000);
    return last.isVisible();
  }, 'the oldest is there', 60_000);
  expect(await page.locator('article').count()).toBeLessThan(40);
  expect(await page.locator('article').last().getAttribute('aria-setsize')).toBe('250');
});

test('how long ago it was is kept up to date', async () => {
  const ann = s.user();
  await s.give(ann, {});
  const page = await s.open(ann, inbox);
  await until(async () => (await page.locator('time').innerText()) === 'now', 'now');
  await page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 5 * 60_000;
  });
  await until(async () => (await page.locator('time').innerText()) === '5m ago', 'five minutes later', 40_000);
}, 60_000);

describe('states', () => {
  test('loading, failed and tried again', async () => {
    const ann = s.user();
    await s.give(ann, { title: 'One' });
    const gate = await Gate.before(s.server);
    try {
      gate.hold = /^\/v1/;
      const page = await s.site.open(gate.url, ann, inbox);
      await page.getByLabel('Loading…').waitFor();
      gate.hold = undefined;
      gate.refuse = /^\/v1\/inbox/;
      gate.cut();
      gate.mend();
      await shows(page, 'One');
      await page.getByRole('tab', { name: 'Archived' }).click();
      await page.getByText('Notifications could not be loaded').waitFor();
      gate.refuse = undefined;
      await page.getByText('Try again').click();
      await page.getByText('Nothing archived').waitFor();
    } finally {
      await gate.stop();
    }
  }, 60_000);

  test('an app draws items and what is empty in its own way', async () => {
    const ann = s.user();
    const page = await s.open(ann, '<belfry-inbox><p slot="empty">Go outside</p></belfry-inbox>');
    await page.getByText('Go outside').waitFor();
    await page.evaluate(() => {
      document.querySelector('belfry-inbox')!.renderItem = (item) => Object.assign(document.createElement('em'), { textContent: `${item.title}!` });
    });
    await s.give(ann, { title: '<b>One</b>' });
    await page.getByText('<b>One</b>!').waitFor();
    expect(await titles(page)).toEqual([]);
  });

  test('a mark that is refused is taken back, and the app hears of it', async () => {
    const ann = s.user();
    await s.give(ann, { title: 'One' });
    const page = await s.open(ann, inbox);
    await page.evaluate(() => {
      const heard: unknown[] = [];
      document.addEventListener('belfry-error', (e) => heard.push((e as CustomEvent<{ error: { code: string } }>).detail.error.code));
      Object.assign(globalThis, { heard });
    });
    await s.server.api('DELETE', `/v1/users/${ann}/sessions`); // the token is good for nothing any more
    await page.locator('article').focus();
    await page.keyboard.press('e');
    await until(async () => (await page.evaluate<string[]>('heard')).join() === 'logged_out', 'it is refused');
    await shows(page, 'One');
  });
});
