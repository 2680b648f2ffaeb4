// The code of docs/frontend.md that runs in a page, in a real browser against a
// real server; and the TypeScript of docs/backend.md in Node.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { join, resolve } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { compile } from 'svelte/compiler';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileScript, parse } from 'vue/compiler-sfc';
import { Server, token, until } from './server.js';

const web = resolve(import.meta.dirname, '..');
const text = (page: string): string => readFileSync(join(web, '../docs', page), 'utf8');
const blocks = (language: string, page = 'frontend.md'): string[] => [...text(page).matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, code]) => code as string);

let server: Server;
let browser: Browser;
let app: HttpServer;
/** What the app serves, by path: pages of users, and scripts. */
const served = new Map<string, string>();

beforeAll(async () => {
  server = await Server.start();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'] });
  app = createServer(({ url = '/', headers }, response) => {
    // Who is logged in is whose page asks.
    const body = url === '/belfry-token' ? token(new URL(headers.referer ?? '').pathname.slice(1)) : served.get(url)?.replaceAll('localhost:8080', new URL(server.url).host);
    const type = url.endsWith('.js') ? 'text/javascript' : url === '/belfry-token' ? 'text/plain' : 'text/html';
    response.writeHead(body ? 200 : 404, { 'Content-Type': `${type}; charset=utf-8` }).end(body);
  });
  await new Promise<void>((done) => app.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  await browser?.close();
  app?.close();
  await server?.stop();
});

async function open(user: string, html: string): Promise<Page> {
  served.set(`/${user}`, html);
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(app.address() as { port: number }).port}/${user}`);
  return page;
}

const publish = (user: string, title: string): Promise<unknown> => server.publish({ to: { user }, title });

async function expectBellAndToasts(user: string, html: string): Promise<void> {
  await publish(user, 'One');
  const page = await open(user, html);
  await until(async () => (await page.locator('belfry-bell .badge').allInnerTexts()).join() === '1', 'the badge says 1');
  await publish(user, 'Two');
  await until(async () => (await page.locator('belfry-toasts .title').allInnerTexts()).join() === 'Two', 'a toast');
  await page.close();
}

test('three lines of HTML', () => expectBellAndToasts('ann', blocks('html')[0] as string));

/** How a framework's block becomes a script, and what shows it. */
const frameworks = {
  react: {
    block: () => ['block.tsx', blocks('tsx')[0]],
    entry: `import { Bell } from '@belfry/react';
      import { createElement } from 'react';
      import { createRoot } from 'react-dom/client';
      import { Notifications } from 'block.tsx';
      createRoot(document.querySelector('main')).render(createElement(Notifications, { userId: 'ann' }, createElement(Bell)));`,
  },
  vue: {
    block: () => {
      const compilerOptions = { isCustomElement: (tag: string) => tag.startsWith('belfry-') };
      const { descriptor } = parse(blocks('vue')[0] as string);
      return ['block.ts', compileScript(descriptor, { id: 'docs', inlineTemplate: true, templateOptions: { compilerOptions } }).content];
    },
    entry: `import { createApp } from 'vue'; import Block from 'block.ts'; createApp(Block).mount('main');`,
  },
  svelte: {
    block: () => ['block.js', compile(blocks('svelte')[0] as string, { generate: 'client' }).js.code],
    entry: `import { mount } from 'svelte'; import Block from 'block.js'; mount(Block, { target: document.querySelector('main') });`,
  },
} as const;

test.each(Object.keys(frameworks) as (keyof typeof frameworks)[])('three lines of %s', async (name) => {
  const { block, entry } = frameworks[name];
  const [file, code] = block() as [string, string];
  served.set(`/${name}.js`, await bundle({ [file]: code, 'entry.js': entry, ...routers }));
  await expectBellAndToasts(name, `<!doctype html><main></main><script type="module" src="/${name}.js"></script>`);
});

/** The routers of the frameworks are not what is tested. */
const routers = {
  'vue-router': 'export const useRouter = () => ({ push() {} });',
  '$app/navigation': 'export const goto = () => {};',
};

async function bundle(files: Readonly<Record<string, string>>, ssr = false): Promise<string> {
  const here = (name: string): string => join(web, 'testing', name); // so that packages are found
  const made = await build({
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"development"' },
    resolve: { alias: Object.fromEntries(['client', 'elements', 'react', 'server'].map((name) => [`@belfry/${name}`, join(web, `packages/${name}/src/index.ts`)])) },
    plugins: [{
      name: 'blocks',
      enforce: 'pre',
      resolveId: (id) => (id in files ? here(id) : undefined),
      load: (id) => Object.entries(files).find(([name]) => here(name) === id)?.[1],
    }],
    build: { ssr, write: false, target: 'es2022', minify: false, modulePreload: false, rolldownOptions: { input: 'entry.js', output: { codeSplitting: false } } },
  });
  const { output } = (Array.isArray(made) ? made[0] : made) as { output: readonly { code?: string }[] };
  return output[0]?.code ?? '';
}

const list = async (page: Page, wanted: string): Promise<void> =>
  until(async () => (await page.locator('li').allInnerTexts()).join() === wanted, `the list is ${wanted}`);

test('EventSource shows the list and the number, and resumes', async () => {
  await publish('bea', 'One');
  const page = await open('bea', blocks('html')[1] as string);
  await list(page, 'One');
  await publish('bea', 'Two');
  await list(page, 'Two,One');
  await server.down();
  await server.up();
  await publish('bea', 'Three');
  await list(page, 'Three,Two,One');
  await until(async () => (await page.title()) === '3', 'the number');
  await page.close();
});

test('WebSocket shows the list, and resumes without a double', async () => {
  await publish('cyd', 'One');
  const page = await open('cyd', blocks('html')[2] as string);
  await list(page, 'One');
  await server.down();
  await server.up();
  await publish('cyd', 'Two');
  await list(page, 'Two,One');
  await page.close();
});

test('ten lines of TypeScript publish, and print a token', async () => {
  const script = await bundle({ 'block.ts': blocks('ts', 'backend.md')[0] as string, 'entry.js': `import 'block.ts';` }, true);
  const env = { ...process.env, BELFRY_URL: server.url, BELFRY_API_KEY: server.key };
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' }).trim();
  const inbox = await fetch(`${server.url}/v1/inbox`, { headers: { Authorization: `Bearer ${printed}` } });
  const { items } = (await inbox.json()) as { items: { title: string }[] };
  expect(items[0]?.title).toBe('Bob replied');
});
