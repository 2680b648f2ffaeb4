// What a browser test stands on: a real server, a real Chromium, and eyes.

import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { Server, until } from '../../../testing/server.js';
import { Site, type Opening } from './browser.js';

export interface Stage {
  readonly server: Server;
  readonly site: Site;
  /** A user whom nobody has met. */
  user(): string;
  /** Publishes to a user, in order. */
  give(to: string, ...drafts: object[]): Promise<void>;
  /** Opens a page and waits until its connection is live. */
  open(user: string, body: string, opening?: Opening): Promise<Page>;
}

/** Sets a stage for the tests of a file. After each its pages are closed; none may have thrown or broken the policy. */
export function stage(): Stage {
  let server: Server;
  let site: Site;
  let users = 0;
  beforeAll(async () => {
    [server, site] = await Promise.all([Server.start(), Site.start()]);
  });
  afterEach(async () => {
    expect(await site.clear()).toEqual([]);
  });
  afterAll(async () => {
    await site?.stop();
    await server?.stop();
  });
  return {
    get server() {
      return server;
    },
    get site() {
      return site;
    },
    user: () => `user-${++users}`,
    async give(to, ...drafts) {
      for (const draft of drafts) await server.publish({ to: { user: to }, title: 'Hello', ...draft });
    },
    async open(user, body, opening) {
      const page = await site.open(opening?.url ?? server.url, user, body, opening);
      await live(page);
      return page;
    },
  };
}

/** Waits until the connection of the page's provider is live. */
export const live = (page: Page): Promise<void> => until(async () => (await connection(page)).live, 'the page is live', 60_000);

/** The connection of the page's provider. */
export const connection = (page: Page): Promise<{ status: string; transport?: string; live?: boolean; code?: string }> =>
  page.evaluate(() => {
    const provider = document.querySelector('belfry-provider') as unknown as { belfry?: { connection: object } };
    const { status, transport, live, code } = (provider.belfry?.connection ?? { status: 'none' }) as { status: string; transport?: string; live?: boolean; code?: string };
    return { status, ...(transport && { transport }), ...(live !== undefined && { live }), ...(code && { code }) };
  });

export const titles = (page: Page): Promise<string[]> => page.locator('article .title').allInnerTexts();

/** Waits until the inbox shows these titles, joined by commas. */
export const shows = (page: Page, want: string): Promise<void> => until(async () => (await titles(page)).join() === want, `the inbox shows ${want}`);

export const toastTitles = (page: Page): Promise<string[]> => page.locator('li .title').allInnerTexts();

/** What the element with the focus is called. */
export const focused = (page: Page): Promise<string | null> =>
  page.evaluate(() => {
    let at = document.activeElement;
    while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
    return at && (at.getAttribute('aria-label') ?? at.textContent);
  });

/** A switch in the page that makes it hidden, as a tab is that nobody looks at. */
export const hide = (page: Page, hidden = true): Promise<unknown> =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);

export const inbox = '<belfry-inbox></belfry-inbox>';
export const bell = '<nav><belfry-bell></belfry-bell><button id="after">After</button></nav>';
export const toasts = '<belfry-toasts></belfry-toasts>';
