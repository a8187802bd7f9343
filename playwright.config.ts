import { defineConfig, devices } from '@playwright/test';

/**
 * The browser's stories: a real browser on the built console, with real servers behind it (e2e/stage.ts). One after the
 * other and never again after a failure: a story that passes at the second try tells of a fault.
 */
export default defineConfig({
  testDir: 'e2e/stories',
  outputDir: 'test-results',
  globalSetup: './e2e/stage.ts',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  maxFailures: 0,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1280, height: 800 },
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  // The first makes the admin's session and registers what the others use.
  projects: [
    { name: 'first', testMatch: /first-.*\.spec\.ts$/ },
    { name: 'stories', testIgnore: /first-.*\.spec\.ts$/, dependencies: ['first'] },
  ],
});
