import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.e2e.ts', 'testing/*.e2e.ts'],
    globalSetup: './testing/setup.ts',
    // Generous: a test waits for what it is about, and the machine may be busy.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2, // they wait more than they work
    bail: process.env.CI ? 5 : 0,
    retry: process.env.CI ? 1 : 0, // a browser beside the compiler: a second failure is no accident
  },
});
