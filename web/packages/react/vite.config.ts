import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    lib: { entry: 'src/index.ts', formats: ['es'], fileName: () => 'index.js' },
    // A server component may import it: what is inside runs in the browser.
    rolldownOptions: { external: [/^react/, /^@belfry/], output: { banner: "'use client';" } },
    target: 'es2022',
    sourcemap: true,
    minify: false, // whoever bundles it does
  },
});
