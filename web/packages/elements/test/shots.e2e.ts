// Pictures of every state, to be looked at: SHOTS=folder npx vitest run --config vitest.e2e.config.ts shots

import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { Server, until } from '../../../testing/server.js';
import { Site } from './browser.js';
import { samples } from './samples.js';

const folder = process.env.SHOTS;

describe.runIf(folder)('pictures', () => {
  let server: Server;
  let site: Site;

  beforeAll(async () => {
    [server, site] = await Promise.all([Server.start(), Site.start()]);
    for (const sample of samples) await server.publish({ to: { users: ['ann', 'amal'] }, ...sample });
    const old = (await server.truth('ann')).items.slice(-2).map((i) => i.id);
    await server.api('POST', '/v1/users/ann/inbox/marks', { action: 'read', ids: old });
    const many = Array.from({ length: 200 }, (_, i) => ({ to: { user: 'many' }, ...samples[i % samples.length]! }));
    await server.api('POST', '/v1/notifications/batch', { notifications: many });
  });
  afterAll(async () => {
    await site?.stop();
    await server?.stop();
  });

  const shot = (name: string): string => join(folder as string, `${name}.png`);
  const inbox = '<belfry-inbox></belfry-inbox>';

  test.each([
    ['light', 'ann', inbox, { colorScheme: 'light' as const }],
    ['dark', 'ann', inbox, { colorScheme: 'dark' as const }],
    ['narrow', 'ann', `<div class="narrow">${inbox}</div>`, { viewport: { width: 340, height: 720 } }],
    ['rtl', 'amal', inbox, { attributes: 'locale="ar"' }],
    ['german', 'ann', inbox, { attributes: 'locale="de" sound' }],
    ['empty', 'nobody', inbox, {}],
    ['many', 'many', inbox, {}],
  ])('%s', async (name, user, body, options) => {
    const page = await site.open(server, user, body, options);
    await page.locator(user === 'nobody' ? '.halo' : 'article').first().waitFor();
    await page.waitForTimeout(300);
    await page.screenshot({ path: shot(name) });
    if (name === 'light') {
      await page.locator('article').nth(1).hover();
      await page.keyboard.press('Tab');
      await page.screenshot({ path: shot('hover') });
      await page.locator('.toggle').click();
      await page.waitForTimeout(300);
      await page.screenshot({ path: shot('expanded') });
      await page.locator('article').first().hover();
      await page.locator('article').first().locator('[data-command=snooze]').click();
      await page.screenshot({ path: shot('snooze') });
      await page.keyboard.press('Escape');
      await page.locator('article').nth(2).hover();
      await page.locator('article').nth(2).locator('[data-command=delete]').click();
      await page.waitForTimeout(300);
      await page.screenshot({ path: shot('undo') });
    }
    await page.context().close();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`popover and toasts, ${colorScheme}`, async () => {
      const page = await site.open(server, 'ann', '<nav><belfry-bell></belfry-bell></nav><belfry-toasts></belfry-toasts>', { colorScheme });
      await page.locator('.badge').waitFor();
      await until(() => page.evaluate(() => (document.querySelector('belfry-provider') as unknown as { belfry: { connection: { live?: boolean } } }).belfry.connection.live), 'live');
      await server.publish({ to: { user: 'ann' }, title: 'Order #5513 has shipped', body: 'Arrives Friday', level: 'success' });
      await server.publish({ to: { user: 'ann' }, ...samples[6]!, title: 'Ben Okafor replied' });
      await server.publish({ to: { user: 'ann' }, ...samples[2]!, priority: 'urgent' });
      await page.locator('li').nth(2).waitFor();
      await page.waitForTimeout(500);
      await page.screenshot({ path: shot(`toasts-${colorScheme}`) });
      await page.locator('belfry-bell button.bell').click();
      await page.locator('article').first().waitFor();
      await page.waitForTimeout(500);
      await page.screenshot({ path: shot(`popover-${colorScheme}`) });
      await page.context().close();
    });
  }

  test('offline', async () => {
    const page = await site.open(server, 'ann', inbox);
    await page.locator('article').first().waitFor();
    await server.down();
    await page.locator('.strip').waitFor();
    await page.screenshot({ path: shot('offline') });
    await server.up();
  });
});
