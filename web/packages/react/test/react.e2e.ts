import type { Page as InboxPage } from '@belfry/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Server, token, until } from '../../../testing/server.js';
import { versions } from './bundle.js';
import type { Config } from './scenes.js';
import { Site, type Opened } from './site.js';

let server: Server;
let users = 0;
beforeAll(async () => void (server = await Server.start()));
afterAll(() => server.stop());

describe.each(versions)('React %s', (version) => {
  let site: Site;
  let page: Opened;
  beforeAll(async () => void (site = await Site.start(version)), 60_000);
  afterAll(() => site?.stop());
  afterEach(async () => {
    expect(page.complaints()).toEqual([]);
    await page.context().close();
  });

  const user = (): string => `user-${version}-${++users}`;
  const give = async (to: string, ...drafts: object[]): Promise<{ id: string }[]> => {
    const given = [];
    for (const draft of drafts) given.push(await server.publish({ to: { user: to }, title: 'Hello', ...draft }));
    return given;
  };
  const open = async (who: string, scene: Config['scene'], more: { initial?: InboxPage; own?: boolean; rendered?: boolean; claims?: object } = {}): Promise<Opened> => {
    const { rendered, claims, ...config } = more;
    page = await site.open({ scene, url: server.url, token: token(who, 3600, claims), ...config }, rendered);
    return page;
  };
  const texts = (selector: string): Promise<string[]> => page.locator(selector).allInnerTexts();
  const shows = (selector: string, wanted: string): Promise<void> =>
    until(async () => (await texts(selector)).join() === wanted, `${selector} shows ${wanted}`).catch(async (error: Error) => {
      throw new Error(`${error.message}; it shows ${await texts(selector)}`);
    });
  const sessions = async (who: string): Promise<number> =>
    (await server.api<{ sessions: unknown[] }>('GET', `/v1/users/${who}/presence`)).sessions.length;

  test('StrictMode mounts twice and connects once; leaving disconnects', async () => {
    const ann = user();
    await open(ann, 'hooks');
    await shows('output', '0 unread, 0 unseen, open, ready');
    expect(page.sockets()).toBe(1);
    expect(await sessions(ann)).toBe(1);
    await page.locator('#leave').click();
    await until(async () => (await sessions(ann)) === 0, 'the session has ended');
  });

  test('hooks follow what happens, here and elsewhere', async () => {
    const ann = user();
    await give(ann, { title: 'One' });
    await open(ann, 'hooks');
    await shows('output', '1 unread, 1 unseen, open, ready');
    await give(ann, { title: 'Two' });
    await shows('li', 'Two,One');
    await page.locator('li').first().click();
    await shows('output', '1 unread, 1 unseen, open, ready');
    await shows('li.read', 'Two');
    await until(async () => (await server.truth(ann)).items[0]?.readAt, 'the server has the mark');
    await page.locator('#unread').click();
    await shows('li', 'One');
    await server.api('POST', `/v1/users/${ann}/inbox/marks`, { action: 'read', all: true });
    await shows('output', '0 unread, 0 unseen, open, ready');
    await shows('li', '');
  });

  test('a client of the app\'s own is the app\'s to connect', async () => {
    const ann = user();
    await open(ann, 'hooks', { own: true });
    await shows('output', '0 unread, 0 unseen, open, ready');
    await page.locator('#leave').click();
    await page.locator('output').waitFor({ state: 'detached' });
    await give(ann, {});
    expect(await sessions(ann)).toBe(1);
  });

  test('a page that a server rendered is taken over, and goes on from there', async () => {
    const ann = user();
    await give(ann, { title: 'One' });
    const initial = await server.api<InboxPage>('GET', `/v1/users/${ann}/inbox`);
    await give(ann, { title: 'Meanwhile' });
    await open(ann, 'hooks', { initial, rendered: true });
    await shows('output', '2 unread, 2 unseen, open, ready');
    await shows('li', 'Meanwhile,One');
    expect(await page.heard()).toEqual([]);
  });

  test('renderItem: in the page, for what is there, and its buttons are its own', async () => {
    const ann = user();
    const [one] = await give(ann, { title: 'one', actionUrl: '/one' }, { title: 'two', actions: [{ id: 'yes', label: 'Yes' }] });
    await open(ann, 'inbox');
    await until(async () => (await texts('.mine')).join().includes('It is two'), 'the items are rendered');
    expect(await page.locator('.mine').first().evaluate((p) => getComputedStyle(p).color)).toBe('rgb(1, 2, 3)');
    expect(await texts('belfry-inbox article .title')).toEqual([]);
    await page.locator('.mine button').first().click();
    await page.locator('.mine i').first().click();
    expect(await page.heard()).toEqual([['mine', 'two']]);
    await page.locator('.mine input').last().pressSequentially('er# j');
    expect(await page.locator('.mine input').last().inputValue()).toBe('er# j');
    expect((await server.truth(ann)).items).toHaveLength(2);
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.locator('article').nth(1).click({ position: { x: 4, y: 4 } });
    await until(async () => (await page.heard()).length === 3, 'the clicks were heard');
    expect((await page.heard()).slice(1)).toEqual([['action', 'two', 'yes'], ['item', 'one']]);
    await page.locator('#prefix').click();
    await until(async () => (await texts('.mine')).every((t) => t.startsWith('Now')), 'a new render is shown');
    await server.api('PATCH', `/v1/notifications/${one?.id}`, { title: 'ONE' });
    await until(async () => (await texts('.mine')).join().includes('Now ONE'), 'an edit is shown');
    await server.api('POST', `/v1/users/${ann}/inbox/marks`, { action: 'archive', all: true });
    await shows('.none', 'Nothing at all');
    expect(await page.locator('.mine').count()).toBe(0);
    expect(await page.locator('[slot]').count()).toBe(1); // the empty inbox's
  });

  test('renderItem in a group: for its head and for each item', async () => {
    const ann = user();
    await give(ann, { title: 'a', group: 'g' }, { title: 'b', group: 'g' });
    await open(ann, 'inbox');
    const titles = async (): Promise<string[]> => (await texts('.mine')).map((t) => t.replace(/\s*Mine.*$/s, ''));
    await until(async () => (await titles()).join() === 'It is b', 'a group');
    await page.locator('.toggle').click();
    await until(async () => (await titles()).sort().join() === 'It is a,It is b,It is b', 'its items');
    await page.locator('.toggle').click();
    await until(async () => (await titles()).join() === 'It is b', 'a group again');
  });

  test('a bell of your own, with the inbox behind it', async () => {
    const ann = user();
    await give(ann, { title: 'One', actionUrl: '/one' });
    await open(ann, 'bell');
    await shows('#face', '1 new');
    expect(await page.locator('.badge').isVisible()).toBe(false);
    expect(await page.locator('belfry-inbox').count()).toBe(0);
    await page.locator('#face').click();
    await shows('.mine', 'One');
    await until(() => page.evaluate(() => document.querySelector('belfry-inbox') === document.activeElement), 'the inbox has the focus');
    await page.keyboard.press('Escape');
    await until(async () => (await page.locator('belfry-inbox').count()) === 0, 'it is gone');
    await until(() => page.evaluate(() => document.querySelector('belfry-bell') === document.activeElement), 'the bell has the focus');
    await page.locator('#face').click();
    await page.locator('.mine').click();
    await until(async () => (await page.heard()).length > 0, 'the router is asked');
    expect(await page.heard()).toEqual([['navigate', '/one']]);
    await shows('#face', '0 new');
  });

  test('controlled: opened from outside, closed by the user', async () => {
    await open(user(), 'controlled');
    await page.locator('#outside').click();
    await shows('belfry-inbox h2', 'Mail');
    await page.keyboard.press('Escape');
    await shows('output', 'false');
    await page.locator('belfry-bell button.bell').click();
    await shows('output', 'true');
    await page.locator('belfry-inbox').waitFor();
    await page.mouse.click(700, 600);
    await shows('output', 'false');
    expect(await page.heard()).toEqual([false, true, false]); // what the app does itself it is not told
  });

  test('controlled: what the app does not want does not happen', async () => {
    await open(user(), 'stubborn');
    await page.locator('belfry-bell button.bell').click();
    await until(async () => (await page.heard()).length > 0, 'the app is asked');
    await page.locator('belfry-bell:not([open])').waitFor();
    expect(await page.locator('.popover').isVisible()).toBe(false);
  });

  test('toasts of your own', async () => {
    const ann = user();
    await open(ann, 'toasts');
    await until(async () => (await sessions(ann)) === 1, 'connected');
    await page.waitForFunction(() => (document.querySelector('belfry-provider') as unknown as { client: { connection: { live?: boolean } } }).client.connection.live);
    await give(ann, { title: 'Now' });
    await shows('.mine', 'Now!');
    await page.getByRole('button', { name: 'Close' }).click();
    await shows('.mine', '');
  });

  test('a topic, and who types in it', async () => {
    const [ann, bob] = [user(), user()];
    const claims = { subscribe: ['doc.*'], publish: ['topic:doc.*'] };
    await open(bob, 'topic', { claims });
    const his = page;
    await open(ann, 'topic', { claims });
    await until(async () => (await sessions(ann)) === 1 && (await sessions(bob)) === 1, 'both are there');
    await until(async () => {
      await his.locator('input').press('a');
      return (await texts('output')).join() === bob;
    }, 'Bob types');
    await server.publish({ to: { topic: 'doc.1' }, title: 'Saved' });
    await shows('li', 'Saved');
    await shows('output', '');
    expect(await his.locator('output').innerText()).toBe(''); // who types knows it
    await his.context().close();
  });
});
