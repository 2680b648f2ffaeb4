import { expect, test } from 'vitest';
import { until } from '../../../testing/server.js';
import { bell, focused, shows, stage } from './stage.js';

const s = stage();

test('the popover by keyboard alone', async () => {
  const ann = s.user();
  await s.give(ann, { title: 'One' }, { title: 'Two' });
  const page = await s.open(ann, bell);
  const button = page.locator('button.bell');
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('2 unread notifications');
  await page.keyboard.press('Enter');
  await until(async () => (await focused(page)) === 'Unread: Two', 'the newest has the focus');
  expect(await button.getAttribute('aria-expanded')).toBe('true');
  await page.keyboard.press('j');
  await until(async () => (await focused(page)) === 'Unread: One', 'j goes on');
  await page.keyboard.press('e');
  await shows(page, 'Two');
  await until(async () => (await focused(page)) === 'Unread: Two', 'the focus goes to what is left');
  await page.keyboard.press('Shift+Tab');
  expect(await focused(page)).toMatch(/^All/);
  await page.keyboard.press('ArrowRight');
  await until(async () => (await focused(page))?.startsWith('Unread'), 'arrows move between the tabs');
  await page.keyboard.press('Escape');
  await until(async () => (await button.getAttribute('aria-expanded')) === 'false', 'Escape closes');
  await until(async () => (await focused(page)) === '1 unread notification', 'the focus is back');
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('After');
  await until(async () => (await s.server.truth(ann)).counts.unread === 1, 'the server has it');
});

test('the badge says 99+, its name the number', async () => {
  const ann = s.user();
  const many = Array.from({ length: 123 }, () => ({ to: { user: ann }, title: 'Hello' }));
  await s.server.api('POST', '/v1/notifications/batch', { notifications: many });
  const page = await s.open(ann, bell);
  await until(async () => (await page.locator('.badge').innerText()) === '99+', 'the badge');
  expect(await page.locator('button.bell').getAttribute('aria-label')).toBe('123 unread notifications');
});

test('opening marks seen, and read is by item; a click outside closes', async () => {
  const ann = s.user();
  await s.give(ann, { title: 'One' });
  const page = await s.open(ann, bell);
  await page.evaluate(() => {
    const heard: boolean[] = [];
    document.addEventListener('belfry-toggle', (e) => heard.push((e as CustomEvent<{ open: boolean }>).detail.open));
    Object.assign(globalThis, { heard });
  });
  await page.locator('button.bell').click();
  await until(async () => (await s.server.truth(ann)).counts.unseen === 0, 'seen');
  expect((await s.server.truth(ann)).counts.unread).toBe(1);
  await page.mouse.click(20, 600);
  await page.locator('belfry-bell:not([open])').waitFor();
  await page.locator('button.bell').click();
  await page.locator('belfry-bell[open]').waitFor();
  await page.locator('button.bell').click();
  await page.locator('belfry-bell:not([open])').waitFor();
  await until(async () => (await page.evaluate<boolean[]>('heard')).join() === 'true,false,true,false', 'the app hears of it');
});

test('an app opens it, and fills its slots', async () => {
  const page = await s.open(s.user(), '<belfry-bell open placement="bottom-start"><b slot="icon">!</b><p slot="empty">Nothing at all</p></belfry-bell>');
  await page.getByText('Nothing at all').waitFor();
  expect(await page.getByText('!', { exact: true }).isVisible()).toBe(true);
  await page.evaluate(() => (document.querySelector('belfry-bell')!.open = false));
  await page.getByText('Nothing at all').waitFor({ state: 'hidden' });
});
