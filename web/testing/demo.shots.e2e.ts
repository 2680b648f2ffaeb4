// Pictures of the demo, to be looked at, and how soon a notification is seen:
//
//     SHOTS=folder npm --prefix web run e2e -- demo.shots     (light-bell and dark-cut are in docs/img)
//     MEASURE=1 npm --prefix web run e2e -- demo.shots

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { Server, until } from './server.js';

const folder = process.env.SHOTS;
const run = promisify(execFile);
const roadmap = { to: { topic: 'doc.roadmap' }, entity: { type: 'doc', id: 'roadmap' }, group: 'doc.roadmap' };
const person = (id: string, name: string): object => ({ actor: { id, name } });

/** A morning at Harbor. */
const morning: readonly object[] = [
  { to: { all: true }, type: 'announcement', title: 'Version 2.4 is here', body: 'Saved views, faster search, and a calmer inbox.' },
  { to: { user: 'ann' }, type: 'invoice.paid', level: 'success', title: 'Invoice 2043 was paid', body: 'Northwind Traders, € 1,249.00' },
  { ...roadmap, type: 'comment', title: 'Marcus commented on Roadmap', body: 'Could we move offline mode up? Three customers asked this week.', ...person('marcus', 'Marcus Lind') },
  { ...roadmap, type: 'comment', title: 'Tom replied in Roadmap', body: 'Agreed, themes can wait.', ...person('tom', 'Tom Becker') },
  { ...roadmap, type: 'comment', title: 'Sofia replied in Roadmap', body: 'Fine by me. I’ll move my week to the audit log then, Jonas could use a second pair of eyes.', ...person('sofia', 'Sofia Alvarez') },
  { ...roadmap, type: 'status', level: 'warning', title: '“Single sign-on” is at risk', body: 'Two of five milestones are late.', data: { milestone: 'sso', status: 'risk' }, ...person('priya', 'Priya Raman') },
  { ...roadmap, type: 'status', level: 'success', title: '“Exports” is done', body: 'Yuki moved it to shipped.', data: { milestone: 'exports', status: 'done' }, ...person('yuki', 'Yuki Tanaka') },
  { to: { user: 'ann' }, type: 'login', level: 'warning', title: 'New sign-in from Lisbon', body: 'Firefox on Linux, a device we have not seen before.', actions: [{ id: 'yes', label: 'It was me' }, { id: 'no', label: 'Secure account', style: 'danger' }] },
  { to: { user: 'ann' }, type: 'mention', title: 'Priya mentioned you', body: '“@Ann could you own the launch checklist? I’d love to close this today.”', ...person('priya', 'Priya Raman'), actions: [{ id: 'reply', label: 'Reply', style: 'primary' }] },
  { to: { all: true }, type: 'deploy', level: 'success', title: 'web was deployed to production', body: '42 commits, 3 min 12 s, no errors since.' },
];

describe.runIf(folder ?? process.env.MEASURE)('the demo', () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    server = await Server.start('dev');
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'] });
    for (const draft of morning) await server.publish(draft as never);
    const old = (await server.truth('ann')).items.slice(-2).map((i) => i.id);
    await server.api('POST', '/v1/users/ann/inbox/marks', { action: 'read', ids: old });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function open(options: BrowserContextOptions): Promise<Page> {
    const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options })).newPage();
    await page.goto(server.url);
    await page.locator('#state[data-state=live]').waitFor();
    await page.locator('belfry-bell .badge').waitFor();
    await page.waitForTimeout(400);
    return page;
  }

  test.runIf(folder).each([
    ['light', { colorScheme: 'light', deviceScaleFactor: 2 }],
    ['dark', { colorScheme: 'dark', deviceScaleFactor: 2 }],
    ['narrow', { colorScheme: 'light', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 }],
    ['medium', { colorScheme: 'dark', viewport: { width: 900, height: 1100 } }],
    ['laptop', { colorScheme: 'light', viewport: { width: 1180, height: 760 } }],
  ] as const)('%s', async (name, options) => {
    const page = await open(options);
    const shot = (part: string, more = {}): Promise<unknown> => page.screenshot({ path: join(folder as string, `${name}-${part}.png`), ...more });
    await shot('first');
    await shot('whole', { fullPage: true });
    const bob = await open({});
    await bob.goto(`${server.url}/?user=bob`);
    await bob.locator('#state[data-state=live]').waitFor();
    await bob.getByLabel('Your comment').pressSequentially('Sounds good', { timeout: 5000 });
    for (const level of ['Success', 'Error']) await page.getByRole('button', { name: level, exact: true }).click({ timeout: 5000 });
    await page.locator('belfry-toasts li').nth(1).waitFor({ timeout: 5000 });
    await page.waitForTimeout(420);
    await shot('toasts');
    await page.locator('belfry-bell button.bell').click();
    await page.waitForTimeout(420);
    await shot('bell');
    await page.keyboard.press('Escape');
    await page.getByText('Inbox', { exact: true }).click();
    await page.getByRole('button', { name: 'Cut the line' }).click();
    for (const level of ['Info', 'Warning', 'Success', 'Info']) await page.getByRole('button', { name: level, exact: true }).click({ timeout: 5000 });
    await page.waitForTimeout(1500);
    await shot('cut');
    await page.getByRole('button', { name: 'Restore the line' }).click();
    await page.locator('#came .replayed').first().waitFor();
    await page.waitForTimeout(260);
    await shot('restored');
    await server.api('POST', '/v1/users/ann/inbox/marks', { action: 'archive', ids: (await server.truth('ann')).items.slice(0, 6).map((i) => i.id) });
    await Promise.all([page, bob].map((p) => p.context().close()));
  });

  test.runIf(process.env.MEASURE)('from curl to the eye', async () => {
    const page = await open({});
    await page.goto(`${server.url}/#inbox`);
    await page.locator('article').first().waitFor();
    await page.evaluate(() => {
      const seen: Record<string, number> = {};
      Object.assign(globalThis, { seen });
      const now = (): number => performance.timeOrigin + performance.now();
      const root = document.querySelector('belfry-inbox')!.shadowRoot!;
      new MutationObserver(() => {
        for (const title of root.querySelectorAll('article .title')) seen[title.textContent!.trim()] ??= now();
      }).observe(root, { subtree: true, childList: true, characterData: true });
    });
    const took: number[] = [];
    for (let i = 0; i < 20; i++) {
      const title = `Probe ${i}, ${'abcdefghijklmnopqrst'[i]}`;
      const body = JSON.stringify({ to: { user: 'ann' }, type: `probe-${i}`, title });
      const began = performance.timeOrigin + performance.now();
      await run('curl', ['-s', `${server.url}/v1/notifications`, '-H', `Authorization: Bearer ${server.key}`, '-H', 'Content-Type: application/json', '-d', body]);
      const seen = (): Promise<number | undefined> => page.evaluate<number | undefined>(`seen[${JSON.stringify(title)}]`);
      await until(seen, `“${title}” is seen`);
      took.push((await seen())! - began);
      await page.waitForTimeout(300);
    }
    took.sort((a, b) => a - b);
    console.log(`from the start of curl to the item in the page: median ${took[10]!.toFixed(1)} ms, p95 ${took[18]!.toFixed(1)} ms, most ${took[19]!.toFixed(1)} ms`);
    await page.context().close();
  }, 60_000);
});
