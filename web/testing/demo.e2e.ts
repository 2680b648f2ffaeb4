// The demo of `belfry dev` in a real Chromium, on a real server.

import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import axe from 'axe-core';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Server, until } from './server.js';

const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

let server: Server;
let browser: Browser;
const contexts: BrowserContext[] = [];

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
});
beforeEach(async () => {
  server = await Server.start('dev');
});
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((c) => c.close()));
  await server.stop();
});
afterAll(() => browser.close());

const live = '#state[data-state=live]';

/** The demo as a user sees it in a browser of their own, connected. */
async function open(query = '', options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  contexts.push(context);
  await context.addInitScript(() => {
    const violations: string[] = [];
    Object.assign(globalThis, { violations });
    document.addEventListener('securitypolicyviolation', (e) => violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample}`));
  });
  const page = await context.newPage();
  await page.goto(`${server.url}/${query}`);
  await page.locator(live).waitFor();
  return page;
}

/** Clicks a level, and waits for the server's answer. */
async function send(page: Page, level: string): Promise<void> {
  const answered = page.waitForResponse((r) => r.url().endsWith('/v1/notifications'));
  await page.getByRole('button', { name: level, exact: true }).click();
  expect((await answered).status()).toBe(201);
}

const unread = async (user: string): Promise<number> => (await server.truth(user)).counts.unread;
const badge = (page: Page): Promise<string> => page.locator('belfry-bell .badge').innerText();
const says = (page: Page, selector: string, text: string): Promise<void> =>
  until(async () => (await page.locator(selector).innerText()) === text, `${selector} says ${text}`);
const violations = (page: Page): Promise<string[]> => page.evaluate('violations');

test('every level to every target, in both browsers', async () => {
  const [ann, bob] = await Promise.all([open(), open('?user=bob')]);
  for (const target of ['Me', 'Bob', 'A topic', 'Everyone']) {
    await ann.getByRole('radio', { name: target }).check();
    for (const level of ['Info', 'Success', 'Warning', 'Error']) await send(ann, level);
    await ann.locator('#sent b', { hasText: '201' }).waitFor();
  }
  for (const [page, user] of [[ann, 'ann'], [bob, 'bob']] as const) {
    await until(async () => (await badge(page)) === '12', `the badge of ${user}`);
    expect(await unread(user)).toBe(12);
    await page.locator('belfry-toasts li').first().waitFor();
    expect(await violations(page)).toEqual([]);
  }
});

for (const transport of ['websocket', 'sse', 'poll']) {
  test(`the line is cut and restored, ${transport}`, async () => {
    const page = await open(`?transport=${transport}`);
    await send(page, 'Info');
    await until(async () => (await page.locator('#came .live').count()) === 1, 'live');
    await page.getByRole('button', { name: 'Cut the line' }).click();
    await says(page, '#state', 'Cut');
    for (const level of ['Success', 'Warning', 'Error', 'Info']) await send(page, level);
    await says(page, '#there', '5 unread');
    await says(page, '#waiting', '4 waiting');
    expect(await page.locator('#here').innerText()).toBe('1 unread');
    await page.getByRole('button', { name: 'Restore the line' }).click();
    await page.locator(live).waitFor();
    await says(page, '#here', '5 unread');
    await until(async () => (await page.locator('#came .replayed').count()) === 4, 'four are replayed');
    await page.locator('#agree[data-agree=true]').waitFor();
    await page.locator('belfry-toasts li', { hasText: '4 new while you were away' }).waitFor();
    expect(await page.locator('#waiting').isVisible()).toBe(false);
    expect(await badge(page)).toBe('5');
  });
}

test('a mark made while the line is cut arrives when it is restored', async () => {
  const page = await open();
  await send(page, 'Info');
  await page.getByText('Inbox', { exact: true }).click();
  await page.locator('article').waitFor();
  await page.getByRole('button', { name: 'Cut the line' }).click();
  await page.getByText('You are offline').waitFor();
  await page.getByLabel('Mark all as read').click();
  await says(page, '#here', '0 unread');
  await says(page, '#there', '1 unread');
  await page.getByRole('button', { name: 'Restore the line' }).click();
  await says(page, '#there', '0 unread');
  expect(await unread('ann')).toBe(0);
});

test('who types is seen, and a comment is there for both, also after a reload', async () => {
  const [ann, bob] = await Promise.all([open(), open('?user=bob')]);
  await bob.getByLabel('Your comment').pressSequentially('Hello, Ann');
  await says(ann, '#typing', 'Bob is typing');
  expect(await bob.locator('#typing').innerText()).toBe('');
  await bob.keyboard.press('Enter');
  await ann.locator('#thread li', { hasText: 'Hello, Ann' }).waitFor();
  await says(ann, '#typing', '');
  await ann.locator('belfry-toasts li', { hasText: 'Bob commented on Roadmap' }).waitFor();
  await bob.locator('#thread li', { hasText: 'Hello, Ann' }).waitFor();
  await until(async () => (await unread('bob')) === 0, 'what I wrote is read');
  expect(await bob.locator('belfry-toasts li').count()).toBe(0);
  await bob.reload();
  await bob.locator('#thread li', { hasText: 'Hello, Ann' }).waitFor();
  expect(await bob.locator('#thread li').count()).toBe(1);
});

test('a milestone is moved in one browser and stands so in the other', async () => {
  const [ann, bob] = await Promise.all([open(), open('?user=bob')]);
  await ann.getByLabel('Status of Exports').selectOption('done');
  const select = bob.getByLabel('Status of Exports');
  await until(async () => (await select.inputValue()) === 'done', 'it is done');
  await ann.reload();
  await until(async () => (await ann.getByLabel('Status of Exports').inputValue()) === 'done', 'after a reload, too');
});

test('opens as the other user, in another tab', async () => {
  const page = await open();
  const [other] = await Promise.all([page.context().waitForEvent('page'), page.getByText('Open as Bob').click()]);
  await other.locator(live).waitFor();
  expect(await other.locator('#me').getAttribute('title')).toBe('Bob');
  await page.getByRole('radio', { name: 'Everyone' }).check();
  await send(page, 'Success');
  await until(async () => (await badge(other)) === '1', 'Bob has it');
});

test('light and dark: the system’s, until one is chosen', async () => {
  const page = await open('', { colorScheme: 'dark' });
  const paper = (): Promise<string> => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
  const dark = await paper();
  const button = page.getByRole('button', { name: 'Dark theme' });
  expect(await button.getAttribute('aria-pressed')).toBe('true');
  await button.click();
  expect(await paper()).not.toBe(dark);
  await page.reload();
  expect(await button.getAttribute('aria-pressed')).toBe('false');
  await page.emulateMedia({ colorScheme: 'light' });
  await button.click();
  expect(await paper()).toBe(dark);
});

test('the snippets work where they are pasted', async () => {
  const page = await open('', { permissions: ['clipboard-read', 'clipboard-write'] });
  const copied = async (name: string): Promise<string> => {
    await page.getByRole('button', { name: `Copy ${name}` }).click();
    await page.locator(`[data-copied][aria-label="Copy ${name}"]`).waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  await promisify(execFile)('bash', ['-c', await copied('curl')]);
  const html = await copied('HTML');
  const policy = `default-src 'none'; script-src ${server.url}; connect-src ${server.url} ${server.url.replace('http', 'ws')}; require-trusted-types-for 'script'`;
  const headers = { 'Content-Type': 'text/html', 'Content-Security-Policy': policy };
  const site = createServer((_, response) => response.writeHead(200, headers).end(`<!doctype html>${html}`));
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  try {
    const elsewhere = await page.context().newPage();
    await elsewhere.goto(`http://127.0.0.1:${(site.address() as { port: number }).port}`);
    await until(async () => (await badge(elsewhere)) === '1', 'the bell of another origin');
    await elsewhere.locator('belfry-bell button.bell').click();
    await elsewhere.locator('article').waitFor();
    expect(await violations(elsewhere)).toEqual([]);
  } finally {
    site.close();
  }
});

describe('axe-core', () => {
  const check = async (page: Page): Promise<string[]> => {
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary ?? ''}`).join('\n')}`);
  };
  const wide = { width: 1440, height: 900 };
  test.each([
    ['light', { colorScheme: 'light', viewport: wide }],
    ['dark', { colorScheme: 'dark', viewport: wide }],
    ['narrow', { colorScheme: 'light', viewport: { width: 360, height: 740 } }],
  ] as const)('no violation, %s', async (_, options) => {
    const page = await open('', { reducedMotion: 'reduce', ...options });
    for (const level of ['Info', 'Success', 'Warning', 'Error']) await send(page, level);
    await page.locator('belfry-toasts li').nth(2).waitFor();
    await page.getByLabel('Your comment').fill('Hello');
    await page.keyboard.press('Enter');
    await page.locator('#thread li').waitFor();
    expect(await check(page)).toEqual([]);
    await page.getByRole('button', { name: 'Cut the line' }).click();
    await send(page, 'Info');
    await page.locator('#waiting').waitFor();
    await page.locator('belfry-bell button.bell').click();
    expect(await check(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
  });
});
