// Builds the script that the binary serves at /sdk/v1.js.
//
//     node scripts/embed.js          writes sdk/v1.js
//     node scripts/embed.js --check  fails when sdk/v1.js is not what would be written
//
// The same sources and package-lock.json give the same bytes.

import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

process.env.NODE_ENV = 'production'; // what Lit is picked by, whoever calls
const web = resolve(import.meta.dirname, '..');
const target = join(web, 'sdk/v1.js');
const source = (name) => join(web, 'packages', name, 'src/index.ts');

const { output } = await build({
  configFile: false,
  root: web,
  mode: 'production',
  logLevel: 'error',
  resolve: { alias: { '@belfry/client': source('client'), '@belfry/elements': source('elements') } },
  build: {
    write: false,
    target: 'es2022',
    modulePreload: false,
    rolldownOptions: {
      input: join(web, 'sdk/v1.ts'),
      preserveEntrySignatures: 'strict',
      output: { format: 'es' },
    },
  },
});
// The minifier drops the licences; lit.LICENSE beside the script is the whole text.
const code = `/*! Belfry, Apache-2.0. Contains Lit, Copyright (c) 2017 Google LLC, BSD-3-Clause. */\n${output[0].code}`;
if (output.length !== 1) throw new Error(`one script was expected, not ${output.map((o) => o.fileName)}`);

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') === code) process.exit(0);
  console.error('web/sdk/v1.js is not what the sources give: run `npm --prefix web run embed` and commit it');
  process.exit(1);
}
writeFileSync(target, code);
console.log(`sdk/v1.js: ${code.length} bytes, ${gzipSync(code, { level: 9 }).length} gzipped`);
