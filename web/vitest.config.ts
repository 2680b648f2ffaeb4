import { defineConfig } from 'vitest/config';

// What runs anywhere; `npm run e2e` runs the tests against a real server.
export default defineConfig({
  test: { include: ['packages/*/test/**/*.test.ts', 'testing/**/*.test.ts'], testTimeout: 10_000 },
});
