// Says how large a script is that a page would load: bundled, minified, gzipped.
//
//     node scripts/size.js <entry> <limit in bytes> [module that is not counted]…

import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const [entry, limit, ...external] = process.argv.slice(2);
const result = await build({
  configFile: false,
  logLevel: 'error',
  build: {
    write: false,
    target: 'es2022',
    rollupOptions: { input: entry, external, preserveEntrySignatures: 'strict', output: { format: 'es' } },
    modulePreload: false,
  },
});
const code = result.output.map((chunk) => chunk.code ?? '').join('');
const size = gzipSync(code, { level: 9 }).length;
console.log(`${entry}: ${size} bytes minified and gzipped (${code.length} minified), at most ${limit}`);
if (size > Number(limit)) process.exit(1);
