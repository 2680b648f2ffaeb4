// What a reader with assistive technology meets, in every state, light and dark.

import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Gate } from '../../../testing/gate.js';
import { live, stage, type Stage } from './stage.js';
import { samples } from './samples.js';

const s = stage();
let gate: Gate;
beforeAll(async () => {
  gate = await Gate.before(s.server);
  for (const sample of samples) await s.server.publish({ to: { users: ['ann', 'amal'] }, ...sample });
  const many = Array.from({ length: 200 }, (_, i) => ({ to: { user: 'many' }, ...samples[i % samples.length]! }));
  await s.server.api('POST', '/v1/notifications/batch', { notifications: many });
});
afterAll(() => gate?.stop());

interface State {
  readonly name: string;
  readonly user?: string;
  readonly attributes?: string;
  /** What the network does from the start. */
  readonly refuse?: RegExp;
  /** Brings the page there, and waits until it is. */
  readonly reach: (page: Page, stage: Stage) => Promise<unknown>;
}

const articles = (page: Page): Promise<unknown> => page.locator('belfry-inbox article').nth(3).waitFor();
const body = '<belfry-bell></belfry-bell><belfry-inbox></belfry-inbox><belfry-toasts></belfry-toasts>';

const states: readonly State[] = [
  { name: 'a morning', attributes: 'sound system-notice', reach: articles },
  { name: 'right to left', user: 'amal', attributes: 'locale="ar" sound', reach: articles },
  { name: '200 items, grouped', user: 'many', reach: articles },
  {
    name: 'a group that is open, the focus on a row',
    reach: async (page) => {
      await page.locator('.toggle').first().click();
      await page.locator('article').nth(1).focus();
      await page.keyboard.press('j');
      await page.locator('article.nested').first().waitFor();
    },
  },
  { name: 'empty', user: 'nobody', reach: (page) => page.getByText('All caught up').waitFor() },
  {
    name: 'another tab, empty',
    reach: async (page) => {
      await page.getByRole('tab', { name: 'Snoozed' }).click();
      await page.getByText('Nothing snoozed').waitFor();
    },
  },
  {
    name: 'offline',
    reach: async (page) => {
      await articles(page);
      gate.cut();
      await page.locator('.strip').waitFor();
    },
  },
  {
    name: 'failed',
    refuse: /^\/v1\/inbox/,
    reach: async (page) => {
      await articles(page);
      await page.getByRole('tab', { name: 'Archived' }).click();
      await page.getByText('Notifications could not be loaded').waitFor();
    },
  },
  {
    name: 'toasts, and an act that can be taken back',
    user: 'toasted',
    reach: async (page, { give }) => {
      for (const level of ['success', 'warning', 'error']) {
        await give('toasted', { title: `Toast ${level}`, body: 'Body', level, priority: 'urgent', actionUrl: '/x', actions: [{ id: 'a', label: 'Act' }, { id: 'b', label: 'Go', url: '/y', style: 'primary' }] });
      }
      await page.locator('li').nth(2).waitFor();
      await page.locator('article').first().focus();
      await page.keyboard.press('e');
      await page.locator('.undo').waitFor();
    },
  },
  {
    name: 'the popover',
    reach: async (page) => {
      await page.locator('button.bell').click();
      await page.locator('belfry-bell article').first().waitFor();
    },
  },
  {
    name: 'the snooze menu',
    reach: async (page) => {
      await page.locator('article').nth(1).focus();
      await page.keyboard.press('s');
      await page.getByRole('menuitem').first().waitFor();
    },
  },
];

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const options = "{ rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false } } }"; // of pages, not of components
  const { violations } = await page.evaluate<axe.AxeResults>(`axe.run(document, ${options})`);
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary ?? ''}`).join('\n')}`);
}

describe.each(['light', 'dark'] as const)('axe-core finds no violation, %s', (colorScheme) => {
  test.each(states)('$name', async ({ user = 'ann', attributes = '', refuse, reach }) => {
    gate.mend();
    gate.refuse = refuse;
    const page = await s.site.open(gate.url, user, body, { attributes, browser: { colorScheme, reducedMotion: 'reduce' } });
    await live(page);
    await reach(page, s);
    expect(await violations(page)).toEqual([]);
  });

  test('loading', async () => {
    gate.mend();
    gate.hold = /^\/v1/;
    const page = await s.site.open(gate.url, 'ann', body, { browser: { colorScheme, reducedMotion: 'reduce' } });
    await page.getByLabel('Loading…').waitFor();
    gate.hold = undefined;
    expect(await violations(page)).toEqual([]);
  });
});
