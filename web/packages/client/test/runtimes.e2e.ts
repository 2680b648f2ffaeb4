// The built package where there is no browser and no bundler.

import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Server, token } from '../../../testing/server.js';

const run = promisify(execFile);
const script = resolve(import.meta.dirname, 'runtime.mjs');
const deno = resolve(import.meta.dirname, '../../../node_modules/.bin/deno');
const [node = 0] = process.versions.node.split('.').map(Number);

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server?.stop());

it.each([
  ['Node', process.execPath, [], node < 22 ? 'sse' : 'websocket'],
  ['Deno', deno, ['run', '--allow-net=127.0.0.1', '--no-lock', '--cached-only'], 'websocket'],
])('connects, marks and ends in %s', async (name, program, flags, transport) => {
  await server.publish({ to: { user: name }, title: 'Hello' });
  const { stdout } = await run(program, [...flags, script, server.url, token(name)], { timeout: 60_000 });
  expect(JSON.parse(stdout)).toEqual({ transport, titles: ['Hello'], before: 1, changed: 1, after: 0 });
}, 90_000);
