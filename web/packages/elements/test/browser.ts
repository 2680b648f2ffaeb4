// A real Chromium, and pages under a strict policy for it to show.

import { createServer, type Server as HttpServer } from 'node:http';
import { resolve } from 'node:path';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { build } from 'vite';
import { token } from '../../../testing/server.js';

const policy = "default-src 'self'; require-trusted-types-for 'script'; connect-src http://127.0.0.1:* ws://127.0.0.1:*";

const args = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-dev-shm-usage',
];

export interface Opening {
  /** Attributes of the provider. */
  readonly attributes?: string;
  /** Another way to the server. */
  readonly url?: string;
  /** Leaves the credentials to the test. */
  readonly bare?: boolean;
  /** How a browser of its own is set up, or the one that gets another tab. */
  readonly browser?: BrowserContextOptions;
  readonly context?: BrowserContext;
  /** Runs before anything else in the page. */
  readonly script?: string;
}

export class Site {
  /** What the pages threw, and how they broke the policy. */
  readonly #wrongs: string[] = [];

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
        path === '/page.js' ? ['text/javascript', script] : path === '/page.css' ? ['text/css', sheet] : path.endsWith('.svg') ? ['image/svg+xml', icon] : ['text/html', pages.get(path) ?? markup('')];
      response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8`, 'Content-Security-Policy': policy }).end(body);
    });
    await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
    const { port } = http.address() as { port: number };
    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args });
    return new Site(http, browser, `http://127.0.0.1:${port}`);
  }

  /** A page in a browser of its own. `body` stands inside a provider of the user. */
  async open(server: string, user: string, body: string, opening: Opening = {}): Promise<Page> {
    const { attributes = '', bare, context = await this.context(opening.browser), script } = opening;
    if (script) await context.addInitScript(script);
    const page = await context.newPage();
    const path = `/${Math.random().toString(36).slice(2)}`;
    const credentials = bare ? '' : `url="${server}" token="${token(user)}"`;
    pages.set(path, markup(`<belfry-provider ${credentials} ${attributes}>${body}</belfry-provider>`));
    await page.goto(this.url + path);
    await page.evaluate(() => customElements.whenDefined('belfry-toasts'));
    return page;
  }

  /** A browser of its own, with eyes on what goes wrong. */
  async context(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.browser.newContext({ viewport: { width: 900, height: 720 }, ...options });
    context.setDefaultTimeout(30_000);
    context.on('weberror', (wrong) => this.#wrongs.push(String(wrong.error())));
    context.on('console', (said) => {
      if (/Content Security Policy|Trusted/.test(said.text())) this.#wrongs.push(said.text());
    });
    return context;
  }

  /** Closes every page and says what went wrong in them. */
  async clear(): Promise<readonly string[]> {
    await Promise.all(this.browser.contexts().map((context) => context.close()));
    pages.clear();
    return this.#wrongs.splice(0);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await new Promise((done) => this.http.close(done));
  }
}

const pages = new Map<string, string>();

const icon = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8"/></svg>';

const sheet = `html { color-scheme: light dark; background: light-dark(#f4f4f6, #0d0e10); } body { margin: 0; font-family: system-ui; }
  nav { display: flex; justify-content: flex-end; padding: 12px 20px; } belfry-inbox { height: 640px; max-width: 520px; margin: 24px auto; border-radius: 12px; overflow: hidden; }
  .narrow belfry-inbox { max-width: 300px; } .themed { --belfry-accent: rgb(1, 2, 3); } .themed belfry-inbox::part(title) { color: rgb(4, 5, 6); }`;

const markup = (body: string): string => `<!doctype html><html lang="en"><title>Page</title><meta name="viewport" content="width=device-width">
  <link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/page.css"><script type="module" src="/page.js"></script><main>${body}</main></html>`;

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
