// The test's scenes, made for one of the two versions of React.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type InlineConfig } from 'vite';
import type * as ServerEntry from './server-entry.js';

export type Version = '18' | '19';
export const versions: readonly Version[] = ['18', '19'];

const here = import.meta.dirname;
const web = resolve(here, '../../..');
/** The folder whose node_modules has it. */
const folders = { '18': join(web, 'testing/react-18'), '19': web };

const sources = {
  '@belfry/client': join(web, 'packages/client/src/index.ts'),
  '@belfry/elements': join(web, 'packages/elements/src/index.ts'),
};

/** Files by their path, for a browser: React with its own checks on, the rest as it is shipped. */
export async function browserBundle(version: Version): Promise<ReadonlyMap<string, string>> {
  const modules = join(folders[version], 'node_modules');
  const output = await bundle({
    define: { 'process.env.NODE_ENV': '"development"' },
    resolve: {
      conditions: ['module', 'browser', 'production'],
      alias: [
        { find: /^(react|react-dom)(\/.*)?$/, replacement: `${modules}/$1$2` },
        ...Object.entries(sources).map(([find, replacement]) => ({ find, replacement })),
      ],
    },
    build: { rolldownOptions: { input: join(here, 'browser-entry.tsx'), output: { entryFileNames: 'entry.js' } }, modulePreload: false },
  });
  return new Map(output.map(({ fileName, code }) => [`/${fileName}`, code]));
}

/** The same for a server, which imports it. */
export async function serverBundle(version: Version): Promise<typeof ServerEntry> {
  const [entry] = await bundle({
    resolve: { alias: { '@belfry/client': sources['@belfry/client'] } },
    build: { ssr: join(here, 'server-entry.tsx'), rolldownOptions: { external: [/^react/, '@belfry/elements'] } },
  });
  const folder = mkdtempSync(join(folders[version], 'node_modules/.belfry-'));
  try {
    const file = join(folder, 'entry.mjs');
    writeFileSync(file, entry?.code ?? '');
    return (await import(pathToFileURL(file).href)) as typeof ServerEntry;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function bundle(config: InlineConfig): Promise<readonly { fileName: string; code: string }[]> {
  const made = await build({ configFile: false, logLevel: 'error', base: '/', ...config, build: { write: false, target: 'es2022', minify: false, ...config.build } });
  const { output } = (Array.isArray(made) ? made[0] : made) as { output: readonly { fileName: string; code?: string }[] };
  return output.map(({ fileName, code = '' }) => ({ fileName, code }));
}
