// Pictures of every state, to be looked at: SHOTS=folder npm --prefix web run e2e -- shots

import { join } from 'node:path';
import { beforeAll, describe, test } from 'vitest';
import { Gate } from '../../../testing/gate.js';
import type { Opening } from './browser.js';
import { bell, inbox, stage, toasts } from './stage.js';
import { samples } from './samples.js';

const folder = process.env.SHOTS;

describe.runIf(folder)('pictures', () => {
  const s = stage();
  const shot = (name: string): { path: string } => ({ path: join(folder as string, `${name}.png`) });
  const still = 400; // until what moves has come to rest

  beforeAll(async () => {
    for (const sample of samples) await s.server.publish({ to: { users: ['ann', 'amal'] }, ...sample });
    const old = (await s.server.truth('ann')).items.slice(-2).map((i) => i.id);
    await s.server.api('POST', '/v1/users/ann/inbox/marks', { action: 'read', ids: old });
    const many = Array.from({ length: 200 }, (_, i) => ({ to: { user: 'many' }, ...samples[i % samples.length]! }));
    await s.server.api('POST', '/v1/notifications/batch', { notifications: many });
  });

  test.each<[name: string, user: string, body: string, opening: Opening]>([
    ['light', 'ann', inbox, {}],
    ['dark', 'ann', inbox, { browser: { colorScheme: 'dark' } }],
    ['narrow', 'ann', `<div class="narrow">${inbox}</div>`, { browser: { viewport: { width: 340, height: 720 } } }],
    ['rtl', 'amal', inbox, { attributes: 'locale="ar"' }],
    ['german', 'ann', inbox, { attributes: 'locale="de" sound' }],
    ['empty', 'nobody', inbox, {}],
    ['empty-dark', 'nobody', inbox, { browser: { colorScheme: 'dark' } }],
    ['many', 'many', inbox, {}],
  ])('%s', async (name, user, body, opening) => {
    const page = await s.open(user, body, opening);
    await page.locator(user === 'nobody' ? '.halo' : 'article').first().waitFor();
    await page.waitForTimeout(still);
    await page.screenshot(shot(name));
    if (name !== 'light') return;
    await page.locator('article').nth(1).hover();
    await page.waitForTimeout(still);
    await page.screenshot(shot('hover'));
    await page.locator('.toggle').click();
    await page.waitForTimeout(still);
    await page.screenshot(shot('expanded'));
    await page.locator('article').first().hover();
    await page.locator('article').first().locator('[data-command=snooze]').click();
    await page.screenshot(shot('snooze'));
    await page.keyboard.press('Escape');
    await page.locator('article').nth(2).hover();
    await page.locator('article').nth(2).locator('[data-command=delete]').click();
    await page.waitForTimeout(still);
    await page.screenshot(shot('undo'));
  });

  test.each(['light', 'dark'] as const)('popover and toasts, %s', async (colorScheme) => {
    const page = await s.open('ann', bell + toasts, { browser: { colorScheme } });
    await page.locator('.badge').waitFor();
    await s.give('ann', { title: 'Order #5513 has shipped', body: 'Arrives Friday', level: 'success' }, { ...samples[6]!, title: 'Ben Okafor replied' });
    await s.give('ann', { ...samples[2]!, priority: 'urgent' });
    await page.locator('li').nth(2).waitFor();
    await page.waitForTimeout(still);
    await page.screenshot(shot(`toasts-${colorScheme}`));
    await page.locator('belfry-bell button.bell').click();
    await page.locator('article').first().waitFor();
    await page.waitForTimeout(still);
    await page.screenshot(shot(`popover-${colorScheme}`));
  });

  test('loading, failed, offline', async () => {
    const way = await Gate.before(s.server);
    try {
      way.hold = /^\/v1/;
      const page = await s.site.open(way.url, 'ann', inbox);
      await page.waitForTimeout(still);
      await page.screenshot(shot('loading'));
      [way.hold, way.refuse] = [undefined, /^\/v1\/inbox/];
      way.cut();
      way.mend();
      await page.locator('article').first().waitFor();
      await page.getByRole('tab', { name: 'Archived' }).click();
      await page.getByText('could not be loaded').waitFor();
      await page.screenshot(shot('failed'));
      await page.getByRole('tab', { name: 'All' }).click();
      way.cut();
      await page.locator('.strip').waitFor();
      await page.screenshot(shot('offline'));
    } finally {
      await way.stop();
    }
  }, 90_000);
});
