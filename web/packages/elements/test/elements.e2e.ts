import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Server, until } from '../../../testing/server.js';
import { Site } from './browser.js';
import { samples } from './samples.js';

let server: Server;
let site: Site;
let users = 0;

beforeAll(async () => {
  [server, site] = await Promise.all([Server.start(), Site.start()]);
});
afterAll(async () => {
  await site?.stop();
  await server?.stop();
});

const user = (): string => `user-${++users}`;
const inbox = '<belfry-inbox></belfry-inbox>';
const bell = '<nav><belfry-bell></belfry-bell><button id="after">After</button></nav>';
const toasts = '<belfry-toasts></belfry-toasts>';

async function give(to: string, ...drafts: object[]): Promise<void> {
  for (const draft of drafts) await server.publish({ to: { user: to }, title: 'Hello', ...draft });
}

/** Opens a page and waits until the connection is live. */
async function open(who: string, body: string, options = {}): Promise<Page> {
  const page = await site.open(server, who, body, options);
  await page.waitForFunction(() => {
    const { connection } = (document.querySelector('belfry-provider') as unknown as { belfry: { connection: { live?: boolean } } }).belfry;
    return connection.live;
  });
  return page;
}

const titles = (page: Page): Promise<string[]> => page.locator('article .title').allInnerTexts();
const focused = (page: Page): Promise<string | null> =>
  page.evaluate(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at && (at.getAttribute('aria-label') ?? at.textContent);
  });

describe('bell', () => {
  test('the popover by keyboard alone', async () => {
    const ann = user();
    await give(ann, { title: 'One' }, { title: 'Two' });
    const page = await open(ann, bell);
    const button = page.locator('button.bell');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('2 unread notifications');
    await page.keyboard.press('Enter');
    await until(async () => (await focused(page)) === 'Unread: Two', 'the newest has the focus');
    expect(await button.getAttribute('aria-expanded')).toBe('true');
    await page.keyboard.press('j');
    await until(async () => (await focused(page)) === 'Unread: One', 'j goes on');
    await page.keyboard.press('e');
    await until(async () => (await titles(page)).join() === 'Two', 'e archives');
    await until(async () => (await focused(page)) === 'Unread: Two', 'the focus goes to what is left');
    await page.keyboard.press('Escape');
    await until(async () => (await button.getAttribute('aria-expanded')) === 'false', 'Escape closes');
    expect(await focused(page)).toBe('1 unread notification');
    await until(async () => (await server.truth(ann)).counts.unread === 1, 'the server has it');
    await page.context().close();
  });

  test('the badge says 99+, its name the number', async () => {
    const ann = user();
    const many = Array.from({ length: 123 }, () => ({ to: { user: ann }, title: 'Hello' }));
    await server.api('POST', '/v1/notifications/batch', { notifications: many });
    const page = await open(ann, bell);
    await until(async () => (await page.locator('.badge').innerText()) === '99+', 'the badge');
    expect(await page.locator('button.bell').getAttribute('aria-label')).toBe('123 unread notifications');
    await page.context().close();
  });

  test('opening marks seen, and read is by item; a click outside closes', async () => {
    const ann = user();
    await give(ann, { title: 'One' });
    const page = await open(ann, bell);
    await page.locator('button.bell').click();
    await until(async () => (await server.truth(ann)).counts.unseen === 0, 'seen');
    expect((await server.truth(ann)).counts.unread).toBe(1);
    await page.mouse.click(20, 600);
    await page.locator('belfry-bell:not([open])').waitFor();
    await page.locator('button.bell').click();
    await page.locator('belfry-bell[open]').waitFor();
    await page.locator('button.bell').click();
    await page.locator('belfry-bell:not([open])').waitFor();
    await page.context().close();
  });
});

describe('inbox', () => {
  test('groups show their number, open and close', async () => {
    const ann = user();
    await give(ann, { title: 'CPU', group: 'g' }, { title: 'Alone' }, { title: 'CPU', group: 'g' }, { title: 'CPU', group: 'g' });
    const page = await open(ann, inbox);
    await until(async () => (await titles(page)).join() === '3 × CPU,Alone', 'a group');
    await page.locator('.toggle').click();
    await until(async () => (await page.locator('article').count()) === 5, 'its items');
    await page.locator('article').first().focus();
    await page.keyboard.press('ArrowLeft');
    await until(async () => (await page.locator('article').count()) === 2, 'closed by the keyboard');
    await page.keyboard.press('r');
    await until(async () => (await server.truth(ann)).counts.unread === 1, 'an act on a group is on all of it');
    await page.context().close();
  });

  test('read, unread, delete and undo by keyboard', async () => {
    const ann = user();
    await give(ann, { title: 'One' }, { title: 'Two' });
    const page = await open(ann, inbox);
    await page.locator('article').first().focus();
    await page.keyboard.press('r');
    await until(async () => (await server.truth(ann)).counts.unread === 1, 'read');
    await page.keyboard.press('u');
    await until(async () => (await server.truth(ann)).counts.unread === 2, 'unread');
    await page.keyboard.press('Delete');
    await until(async () => (await titles(page)).join() === 'One', 'gone from sight');
    await page.keyboard.press('z');
    await until(async () => (await titles(page)).join() === 'Two,One', 'and back');
    expect((await server.truth(ann)).items).toHaveLength(2);
    await page.keyboard.press('Home');
    await until(async () => (await focused(page)) === 'Unread: Two', 'Home goes to the first');
    await page.keyboard.press('Delete');
    await until(async () => (await server.truth(ann)).items.length === 1, 'deleted for good when the time to undo is over');
    await page.context().close();
  });

  test('keys do nothing while the focus is elsewhere', async () => {
    const ann = user();
    await give(ann, {});
    const page = await open(ann, `${inbox}<input id="field">`);
    await page.locator('article').waitFor();
    await page.locator('#field').pressSequentially('er#');
    expect(await page.locator('#field').inputValue()).toBe('er#');
    expect((await server.truth(ann)).items[0]).not.toHaveProperty('readAt');
    await page.context().close();
  });

  test('a mark made in one browser shows in another', async () => {
    const ann = user();
    await give(ann, {});
    const [one, two] = await Promise.all([open(ann, inbox), open(ann, inbox + bell)]);
    await two.locator('article.new').waitFor();
    await one.locator('article').focus();
    const begun = Date.now();
    await one.keyboard.press('r');
    await two.locator('article:not(.new)').waitFor();
    console.log(`a mark shows elsewhere after ${Date.now() - begun} ms`);
    await until(async () => (await two.locator('.badge').count()) === 0, 'the badge goes too');
    await Promise.all([one.context().close(), two.context().close()]);
  });

  test('mark all, archive all and its undo', async () => {
    const ann = user();
    await give(ann, { title: 'One' }, { title: 'Two' });
    const page = await open(ann, inbox);
    await page.locator('article').first().waitFor();
    await page.getByLabel('Mark all as read').click();
    await until(async () => (await server.truth(ann)).counts.unread === 0, 'all are read');
    await page.getByLabel('Archive all').click();
    await page.getByText('All caught up').waitFor();
    await page.getByText('Undo').click();
    await until(async () => (await titles(page)).join() === 'Two,One', 'they are back');
    await page.context().close();
  });

  test('snooze, and wake up now', async () => {
    const ann = user();
    await give(ann, {});
    const page = await open(ann, inbox);
    await page.locator('article').focus();
    await page.keyboard.press('s');
    await until(async () => (await focused(page))?.includes('In an hour'), 'the menu has the focus');
    await page.keyboard.press('Enter');
    await until(async () => (await server.truth(ann, '&filter=snoozed')).items.length === 1, 'snoozed');
    await page.getByRole('tab', { name: 'Snoozed' }).click();
    await page.locator('article').hover();
    await page.getByLabel('Wake up now').click();
    await until(async () => (await server.truth(ann)).items.length === 1, 'awake');
    await page.context().close();
  });

  test('belfry-open says where an item leads, and can be prevented', async () => {
    const ann = user();
    await give(ann, { actionUrl: '/orders/1' });
    const page = await open(ann, inbox);
    await page.locator('article').waitFor();
    await page.evaluate(() => {
      const heard: unknown[] = ((globalThis as unknown as { heard: unknown[] }).heard = []);
      document.addEventListener('belfry-open', (e) => heard.push((e as CustomEvent<{ url: string }>).detail.url) && heard.length === 1 && e.preventDefault());
      document.querySelector('belfry-provider')!.navigate = (url) => heard.push(`navigate ${url}`);
    });
    await page.locator('article').click();
    await page.locator('article').focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate('heard')).toEqual(['/orders/1', '/orders/1', 'navigate /orders/1']);
    await until(async () => (await server.truth(ann)).counts.unread === 0, 'an open item is read');
    await page.context().close();
  });

  test('a connection that is lost is said, and so is what came meanwhile', async () => {
    const ann = user();
    await give(ann, ...samples.slice(0, 2));
    const page = await open(ann, inbox + toasts);
    await page.locator('article').first().waitFor();
    await server.down();
    await page.locator('.strip').waitFor();
    await page.locator('article').first().focus();
    await page.keyboard.press('e');
    await server.up();
    await give(ann, { title: 'Meanwhile' });
    await until(async () => (await titles(page))[0] === 'Meanwhile', 'the new one is there', 30_000);
    await until(async () => (await page.locator('.strip').count()) === 0, 'no strip any more');
    await until(async () => (await server.truth(ann, '&filter=archived')).items.length === 1, 'the mark made offline arrived');
    await page.context().close();
  }, 60_000);
});

describe('toasts', () => {
  const list = (page: Page): Promise<string[]> => page.locator('li .title').allInnerTexts();

  test('nothing that is old, silent or of priority low', async () => {
    const ann = user();
    await give(ann, { title: 'Old' });
    const page = await open(ann, bell + toasts);
    await give(ann, { title: 'Silent', silent: true }, { title: 'Low', priority: 'low' }, { title: 'New' });
    await page.locator('li').first().waitFor();
    expect(await list(page)).toEqual(['New']);
    await page.context().close();
  });

  test('three are shown, what says the same is counted, what is urgent stays', async () => {
    const ann = user();
    const page = await open(ann, toasts);
    await give(ann, { title: 'Urgent', priority: 'urgent' }, { title: 'A' }, { title: 'A' }, { title: 'B' }, { title: 'C' });
    await until(async () => (await list(page)).join() === 'C,B,2 ×A', 'three, newest first');
    const begun = Date.now();
    await until(async () => (await list(page)).join() === 'Urgent', 'the urgent one is left');
    expect(Date.now() - begun).toBeGreaterThan(3500);
    await page.getByLabel('Close').click();
    await until(async () => (await page.locator('li').count()) === 0, 'closed');
    await page.context().close();
  });

  test('a pointer on it stops the clock', async () => {
    const ann = user();
    const page = await open(ann, toasts);
    await give(ann, {});
    await page.locator('li').hover();
    await page.waitForTimeout(6000);
    expect(await page.locator('li').count()).toBe(1);
    await page.mouse.move(5, 5);
    await until(async () => (await page.locator('li').count()) === 0, 'it goes');
    await page.context().close();
  });

  test('what was read elsewhere goes', async () => {
    const ann = user();
    const page = await open(ann, toasts);
    await give(ann, { priority: 'urgent' });
    await page.locator('li').waitFor();
    await server.api('POST', `/v1/users/${ann}/inbox/marks`, { action: 'read', all: true });
    await until(async () => (await page.locator('li').count()) === 0, 'it goes');
    await page.context().close();
  });
});

test('sounds: after a gesture, in one tab, never a burst, not while muted', async () => {
  const ann = user();
  const one = await open(ann, inbox, { attributes: 'sound' });
  const two = await one.context().newPage();
  await two.goto(one.url());
  for (const page of [one, two]) {
    await page.evaluate(() => {
      const start = OscillatorNode.prototype.start;
      Object.assign(globalThis, { strikes: 0 });
      OscillatorNode.prototype.start = function (when) {
        (globalThis as unknown as { strikes: number }).strikes++;
        start.call(this, when);
      };
    });
  }
  const strikes = async (): Promise<number> => (await one.evaluate<number>('strikes')) + (await two.evaluate<number>('strikes'));
  await give(ann, {});
  await Promise.all([one, two].map((page) => page.locator('article').first().waitFor()));
  expect(await strikes()).toBe(0);
  for (const page of [one, two]) await page.locator('h2').click();
  await give(ann, { title: 'A' }, { title: 'B' }, { title: 'C' });
  await Promise.all([one, two].map((page) => page.getByText('C', { exact: true }).waitFor()));
  expect(await strikes()).toBe(2);
  await one.getByLabel('Mute sounds').click();
  await one.waitForTimeout(2100);
  await give(ann, { title: 'D' });
  await Promise.all([one, two].map((page) => page.getByText('D', { exact: true }).waitFor()));
  expect(await strikes()).toBe(2);
  await one.context().close();
});

test('the page around: title and favicon by the unread, and back', async () => {
  const ann = user();
  await give(ann, {});
  const page = await open(ann, inbox, { attributes: 'tab-title' });
  await until(async () => (await page.title()) === '(1) Page', 'the number');
  await page.getByLabel('Mark all as read').click();
  await until(async () => (await page.title()) === 'Page', 'the bare title');
  await page.context().close();
});

test('a second copy of the library leaves the first alone', async () => {
  const page = await open(user(), inbox);
  expect(await page.evaluate("import('/page.js?again').then(() => 'fine')")).toBe('fine');
  await page.context().close();
});
