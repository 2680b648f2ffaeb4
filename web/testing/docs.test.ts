// The pages of docs/ that show code for a page or a backend in TypeScript: the
// blocks compile, and the tables say what the source says.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { compile } from 'svelte/compiler';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileScript, compileTemplate, parse } from 'vue/compiler-sfc';

const web = resolve(import.meta.dirname, '..');
const pages = [
  '../docs/frontend.md', '../docs/backend.md', 'packages/client/README.md', 'packages/elements/README.md', 'packages/react/README.md', 'packages/server/README.md',
];

interface Block {
  readonly page: string;
  readonly language: string;
  readonly code: string;
}

const read = (page: string): string => readFileSync(join(web, page), 'utf8');

const blocks: readonly Block[] = pages.flatMap((page) =>
  [...read(page).matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({ page, language, code })),
);
const inLanguage = (...languages: string[]): Block[] => blocks.filter(({ language }) => languages.includes(language));

describe('TypeScript', () => {
  // Below node_modules, so that the packages are found.
  const folder = mkdtempSync(join(web, 'node_modules/.docs-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeAll(() => {
    const options = {
      target: 'ES2023', lib: ['ES2023', 'DOM', 'DOM.Iterable'], module: 'ESNext', moduleResolution: 'bundler', moduleDetection: 'force', jsx: 'react-jsx',
      strict: true, noEmit: true, skipLibCheck: true, types: ['node'], typeRoots: [join(web, 'node_modules/@types')],
      paths: Object.fromEntries(['client', 'elements', 'react', 'server'].map((name) => [`@belfry/${name}`, [join(web, `packages/${name}/src/index.ts`)]])),
    };
    write('tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['**/*.ts', '**/*.tsx'] }));
    for (const [name, text] of Object.entries(around)) write(name, text);
    inLanguage('ts', 'tsx').forEach(({ page, language, code: shown }, i) => {
      const code = shown.replaceAll('…', 'undefined'); // what a block leaves out
      const [, named] = /^\/\/ (\S+\.tsx?)\n/.exec(code) ?? [];
      write(named ?? `${i}-${page.replace(/\W/g, '-')}.${language}`, code);
    });
  });

  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };

  test('compiles', () => {
    expect(inLanguage('ts', 'tsx').length).toBeGreaterThan(8);
    const tsc = (): string => {
      try {
        return execFileSync(join(web, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' });
      } catch (error) {
        return (error as { stdout: string }).stdout;
      }
    };
    expect(tsc()).toBe('');
  }, 60_000);
});

/** What the blocks take for granted: the app around them, and what is too large to install for its types. */
const around = {
  'app/auth.ts': 'export declare function auth(): Promise<{ userId: string }>;',
  'login.ts': `import type { RequestHandler } from 'express';
    declare global { namespace Express { interface Request { user: { id: string } } } }
    export declare const requireLogin: RequestHandler;`,
  'next.d.ts': `declare module 'next/navigation' { export function useRouter(): { push(href: string, options?: { scroll?: boolean }): void } }`,
  'names.ts': `import type { Client, Counts, Item } from '@belfry/client';
    import type { Express } from 'express';
    declare global {
      const app: Express;
      const belfry: Client;
      const item: Item;
      const orders: readonly { id: string; user: string }[];
      const tomorrow: Date;
      function render(items: readonly Item[], unread: number, hasMore: boolean): void;
      function toast(title: string, more?: string): void;
    }`,
};

test.each(inLanguage('vue'))('Vue compiles: $page', ({ code }) => {
  const { descriptor, errors } = parse(code);
  expect(errors).toEqual([]);
  const { bindings } = compileScript(descriptor, { id: 'docs' });
  const compilerOptions = { isCustomElement: (tag: string) => tag.startsWith('belfry-'), ...(bindings ? { bindingMetadata: bindings } : {}) };
  const { errors: wrong, code: made } = compileTemplate({ id: 'docs', filename: 'docs.vue', source: descriptor.template?.content ?? '', compilerOptions });
  expect(wrong).toEqual([]);
  expect(made).toContain('".getToken"');
});

test.each(inLanguage('svelte'))('Svelte compiles: $page', ({ code }) => {
  expect(compile(code, { generate: 'client' }).warnings).toEqual([]);
});

describe('the tables of what can be styled', () => {
  const folder = 'packages/elements/src';
  const source = readdirSync(join(web, folder), { recursive: true }).filter((name) => `${name}`.endsWith('.ts')).map((name) => read(`${folder}/${name}`)).join('\n');
  const rows = (page: string, first: RegExp): string[][] =>
    read(page).split('\n').map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())).filter(([cell = '']) => first.test(cell));

  test('custom properties, with what they are when nothing is set', () => {
    const code = (cell = ''): string => cell.replaceAll('`', '');
    const said = rows('../docs/frontend.md', /^`--belfry-/);
    const names = new Set(source.match(/(?<=var\(\s*)--belfry-[\w-]+/g));
    expect(said.map(([name]) => code(name)).sort()).toEqual([...names].sort());
    for (const [name, light, dark] of said) {
      const found = new RegExp(`${code(name)}, light-dark\\((.+?), (.+?)\\)\\)`).exec(source);
      if (found) expect([name, code(light), code(dark)]).toEqual([name, found[1], found[2]]);
      else if (light?.startsWith('`')) expect(source).toContain(`${code(name)}, ${code(light)})`);
    }
  });

  test('parts', () => {
    const said = rows('../docs/frontend.md', /^`belfry-(bell|inbox|toasts)`$/);
    expect(said).toHaveLength(3);
    const names = new Set(source.match(/(?<=\spart=")[\w-]+(?=")/g));
    expect(new Set(said.flatMap(([, parts = '']) => parts.match(/(?<=`)\w+(?=`)/g) ?? []))).toEqual(names);
  });
});
