// custom-elements.json, made from the sources, and what the README says of the elements.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

interface Named {
  readonly name: string;
}
interface Declaration extends Named {
  readonly tagName?: string;
  readonly attributes?: readonly Named[];
  readonly events?: readonly Named[];
  readonly slots?: readonly Named[];
  readonly cssParts?: readonly Named[];
}

const folder = resolve(import.meta.dirname, '..');

function declarations(): Declaration[] {
  const out = mkdtempSync(join(tmpdir(), 'belfry-manifest-'));
  try {
    const analyze = resolve(folder, '../../node_modules/.bin/cem');
    execFileSync(analyze, ['analyze', '--outdir', relative(folder, out), '--quiet'], { cwd: folder });
    const { modules } = JSON.parse(readFileSync(join(out, 'custom-elements.json'), 'utf8')) as { modules: { declarations: Declaration[] }[] };
    return modules.flatMap((m) => m.declarations).filter((d) => d.tagName);
  } finally {
    rmSync(out, { recursive: true });
  }
}

describe('custom-elements.json', () => {
  const elements = declarations();
  const names = (list: readonly Named[] | undefined): string[] => (list ?? []).map((n) => n.name).filter(Boolean);

  test('has the four elements', () => {
    expect(elements.map((e) => e.tagName).sort()).toEqual(['belfry-bell', 'belfry-inbox', 'belfry-provider', 'belfry-toasts']);
  });

  test.each(elements)('$tagName: its attributes, slots, events and parts are in the README', ({ attributes, slots, events, cssParts }) => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const said = [...names(attributes), ...names(slots), ...names(events), ...names(cssParts)];
    expect(said.length).toBeGreaterThan(0);
    expect(said.filter((name) => !new RegExp(`[\`<( ]${name}[\`>), ]`).test(readme))).toEqual([]);
  });
}, 60_000);
