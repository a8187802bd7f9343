import { defineConfig } from 'vitest/config';

// Four speeds of test, chosen by file name: `*.test.ts` is pure, `*.server.test.ts` starts real servers.
// Playwright's stories live in e2e/ and are not vitest's.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'pure',
          include: ['{server,components,lab,bench,scripts,app}/**/*.test.{ts,tsx}'],
          exclude: ['**/*.server.test.ts', '**/node_modules/**'],
        },
      },
      {
        test: {
          name: 'server',
          include: ['{server,lab,bench}/**/*.server.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
