// Gives the end-to-end tests a server program: $BELFRY, or one built from this checkout.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export default function setup(): (() => void) | undefined {
  if (process.env.BELFRY) return;
  const folder = mkdtempSync(join(tmpdir(), 'belfry-'));
  const program = join(folder, 'belfry');
  execFileSync('go', ['build', '-o', program, './cmd/belfry'], { cwd: resolve(import.meta.dirname, '../..'), stdio: 'inherit' });
  process.env.BELFRY = program;
  return () => rmSync(folder, { recursive: true });
}
