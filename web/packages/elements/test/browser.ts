// A real Chromium, and a page under a strict policy for it to show.

import { createServer, type Server as HttpServer } from 'node:http';
import { resolve } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { build } from 'vite';
import { token, type Server } from '../../../testing/server.js';

const policy = "default-src 'self'; require-trusted-types-for 'script'; connect-src http://127.0.0.1:* ws://127.0.0.1:*";

const args = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync',
];

export class Site {
  private constructor(
    private readonly http: HttpServer,
    readonly browser: Browser,
    readonly url: string,
  ) {}

  static async start(): Promise<Site> {
    const script = await bundle();
    const http = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname;
      const [type, body] =
        path === '/page.js' ? ['text/javascript', script] : path === '/page.css' ? ['text/css', sheet] : ['text/html', pages.get(path) ?? markup('')];
      response.writeHead(path === '/favicon.ico' ? 404 : 200, { 'Content-Type': `${type}; charset=utf-8`, 'Content-Security-Policy': policy }).end(body);
    });
    await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
    const { port } = http.address() as { port: number };
    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
    return new Site(http, browser, `http://127.0.0.1:${port}`);
  }

  /** A page in a context of its own. `body` stands inside a provider of the user. */
  async open(server: Server, user: string, body: string, options: BrowserContextOptions & { attributes?: string } = {}): Promise<Page> {
    const { attributes = '', ...context } = options;
    const page = await (await this.browser.newContext({ viewport: { width: 900, height: 720 }, ...context })).newPage();
    const path = `/${Math.random().toString(36).slice(2)}`;
    pages.set(path, markup(`<belfry-provider url="${server.url}" token="${token(user)}" ${attributes}>${body}</belfry-provider>`));
    await page.goto(this.url + path);
    return page;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await new Promise((done) => this.http.close(done));
  }
}

const pages = new Map<string, string>();

const sheet = `html { color-scheme: light dark; background: light-dark(#f4f4f6, #0d0e10); } body { margin: 0; font-family: system-ui; }
  nav { display: flex; justify-content: flex-end; padding: 12px 20px; } belfry-inbox { height: 640px; max-width: 520px; margin: 24px auto; border-radius: 12px; overflow: hidden; }
  .narrow belfry-inbox { max-width: 300px; }`;

const markup = (body: string): string => `<!doctype html><html lang="en"><title>Page</title><meta name="viewport" content="width=device-width">
  <link rel="stylesheet" href="/page.css"><script type="module" src="/page.js"></script><main>${body}</main></html>`;

async function bundle(): Promise<string> {
  const here = import.meta.dirname;
  const result = await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@belfry/client': resolve(here, '../../client/src/index.ts') } },
    build: { write: false, target: 'es2022', rolldownOptions: { input: resolve(here, 'page.ts') }, modulePreload: false },
  });
  const [chunk] = (Array.isArray(result) ? result[0]! : result as { output: readonly { code?: string }[] }).output as readonly { code?: string }[];
  return chunk?.code ?? '';
}
