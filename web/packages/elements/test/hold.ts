import type { Page } from 'playwright-core';
import type { Item } from '@belfry/client';
import { token } from '../../../testing/server.js';
import type { Stage } from './stage.js';

/** A page whose inbox holds these items without ever having been connected: also what no server would send. */
export async function hold({ site, server }: Stage, items: readonly Item[], before?: (page: Page) => Promise<void>): Promise<Page> {
  const page = await site.open(server.url, 'x', '', { bare: true });
  await page.evaluate((held) => void Object.assign(globalThis, { held }), items);
  await before?.(page);
  await page.evaluate(
    ([url, secret]) => {
      const page = globalThis as unknown as { createClient: (o: object) => never; held: never };
      const initial = { items: page.held, counts: { unread: 0, unseen: 0, p: 0, s: 0 }, cursor: 'x' };
      const inbox = document.createElement('belfry-inbox');
      inbox.client = page.createClient({ url, token: secret, initial });
      const begun = performance.now();
      document.body.append(inbox);
      requestAnimationFrame(() => setTimeout(() => Object.assign(page, { first: performance.now() - begun })));
    },
    [server.url, token('x')] as const,
  );
  await page.locator('article').first().waitFor();
  return page;
}
