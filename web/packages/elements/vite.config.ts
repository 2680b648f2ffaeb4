import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    lib: { entry: 'src/index.ts', formats: ['es'], fileName: () => 'index.js' },
    rolldownOptions: { external: [/^lit/, '@belfry/client'] },
    target: 'es2022',
    sourcemap: true,
    minify: false, // whoever bundles it does; `npm run size` says to what
  },
});
