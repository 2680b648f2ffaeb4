// A real server for end-to-end tests.

import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CountsAt, Draft, Item } from '../packages/client/src/index.js';

const secret = 'a secret of thirty-two bytes or more for tests';
const key = 'belfry_test_key_for_end_to_end';

export class Server {
  private child: ChildProcess | undefined;
  private constructor(
    private readonly command: 'serve' | 'dev',
    readonly port: number,
    private readonly data: string,
  ) {}

  /** `dev` has the demo page at /, without its made-up notifications. */
  static async start(command: 'serve' | 'dev' = 'serve'): Promise<Server> {
    const server = new Server(command, await freePort(), mkdtempSync(join(tmpdir(), 'belfry-data-')));
    await server.up();
    return server;
  }

  readonly key = key;

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts the process, on the same port and data as before, and waits until it is ready. */
  async up(): Promise<void> {
    const flags = [this.command, ...(this.command === 'dev' ? ['--quiet'] : []), '--addr', `127.0.0.1:${this.port}`, '--data', this.data, '--admin-addr', '', '--drain-delay', '0s', '--drain-timeout', '500ms', '--client-rate', '0'];
    const env = { ...process.env, BELFRY_API_KEY: key, BELFRY_TOKEN_SECRET: secret, XDG_RUNTIME_DIR: this.data };
    this.child = spawn(process.env.BELFRY as string, flags, { env, stdio: ['ignore', 'ignore', process.env.DEBUG ? 'inherit' : 'ignore'] });
    await until(() => fetch(`${this.url}/readyz`).then((r) => r.ok).catch(() => false), 'the server is ready');
  }

  /** kill -9, unless another signal is named. */
  async down(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  async stop(): Promise<void> {
    await this.down();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** What a backend does, with the API key. */
  async api<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    const answer = await fetch(this.url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  publish(draft: Draft): Promise<{ id: string }> {
    return this.api('POST', '/v1/notifications', draft);
  }

  /** The store's answer for a user: everything in the view, and the counts. */
  async truth(user: string, query = ''): Promise<{ items: Item[]; counts: CountsAt }> {
    const items: Item[] = [];
    for (let after = ''; ; ) {
      const page = await this.api<{ items: Item[]; next?: string; counts: CountsAt }>(
        'GET', `/v1/users/${encodeURIComponent(user)}/inbox?limit=100&after=${encodeURIComponent(after)}${query}`,
      );
      items.push(...page.items);
      if (!page.next) return { items, counts: page.counts };
      after = page.next;
    }
  }
}

/** A user's token (RFC 7519, HS256). */
export function token(user: string, seconds = 3600, claims: object = {}): string {
  const part = (o: object): string => Buffer.from(JSON.stringify(o)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ sub: user, iat: now, exp: now + seconds, belfry: claims })}`;
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

/** Waits for a condition, and says which when it does not come. */
export async function until(condition: () => unknown, what: string, ms = 15_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
