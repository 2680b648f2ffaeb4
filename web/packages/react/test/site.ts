// A real Chromium, and an app for it to show.

import { createServer, type Server as HttpServer } from 'node:http';
import { chromium, type Browser, type Page } from 'playwright-core';
import { browserBundle, serverBundle, type Version } from './bundle.js';
import type { Config } from './scenes.js';

const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export class Site {
  private constructor(
    private readonly http: HttpServer,
    private readonly browser: Browser,
    private readonly url: string,
    private readonly render: (config: Config) => string,
  ) {}

  static async start(version: Version): Promise<Site> {
    const [files, { render }, browser] = await Promise.all([
      browserBundle(version), serverBundle(version), chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args }),
    ]);
    const http = createServer(({ url = '/' }, response) => {
      const code = files.get(url);
      const page = pages.get(url);
      response.writeHead(code ?? page ? 200 : 404, { 'Content-Type': `${code ? 'text/javascript' : 'text/html'}; charset=utf-8` }).end(code ?? page);
    });
    await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
    const { port } = http.address() as { port: number };
    return new Site(http, browser, `http://127.0.0.1:${port}`, render);
  }

  /** A page in a context of its own, that begins with what a server rendered if it is to. Its console must say nothing bad. */
  async open(config: Config, rendered = false): Promise<Opened> {
    const page = await (await this.browser.newContext({ viewport: { width: 900, height: 720 } })).newPage();
    const complaints: string[] = [];
    page.on('console', (line) => ['error', 'warning'].includes(line.type()) && complaints.push(line.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    let sockets = 0;
    page.on('websocket', () => sockets++);
    const path = `/${pages.size}`;
    pages.set(path, markup(config, rendered ? this.render(config) : ''));
    await page.goto(this.url + path);
    return Object.assign(page, {
      sockets: () => sockets,
      complaints: () => complaints,
      heard: () => page.evaluate(() => (globalThis as unknown as { heard: unknown[] }).heard),
    });
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await new Promise((done) => this.http.close(done));
  }
}

export interface Opened extends Page {
  sockets(): number;
  complaints(): readonly string[];
  /** What the scene has noted. */
  heard(): Promise<unknown[]>;
}

const pages = new Map<string, string>();

const markup = (config: Config, root: string): string => `<!doctype html><html lang="en"><title>App</title><link rel="icon" href="data:,">
  <script type="application/json" id="config">${JSON.stringify(config).replaceAll('<', '\\u003c')}</script>
  <div id="root">${root}</div><script type="module" src="/entry.js"></script></html>`;
