import { join } from 'node:path';
import { type Browser, type BrowserContext, test as base, type Page } from '@playwright/test';
import { type ConsoleUser, consoleUserOf } from '#lab/console-user.ts';
import { readStage, type Stage } from './world.ts';

export { expect } from '@playwright/test';

/** Where the sessions of the stories' people are kept: a sign-in is made once, not once a story. */
export const sessionFile = (stage: Stage, person: string): string => join(stage.folder, `session-${person}.json`);

/** The password the admin chooses in the first story. */
export const adminPassword = 'tide and time wait for no one';

/** A story begins signed in as the admin, with the stage at hand. Addresses are those of the console. */
export const test = base.extend<{ person: string | null }, { stage: Stage; tidemark: ConsoleUser }>({
  person: ['admin', { option: true }],
  stage: [
    // biome-ignore lint/correctness/noEmptyPattern: here the runner reads the names of what a fixture needs
    async ({}, use) => {
      await use(readStage());
    },
    { scope: 'worker' },
  ],
  /** The same console from outside the browser: what a story needs but is not about, and what proves it. */
  tidemark: [
    async ({ stage }, use) => {
      await use(consoleUserOf(stage.url, stage.dataFolder));
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ stage }, use) => {
    await use(stage.url);
  },
  storageState: async ({ stage, person }, use) => {
    await use(person === null ? undefined : sessionFile(stage, person));
  },
});

/** A page of somebody else, in a browser context of its own. */
export async function pageOf(browser: Browser, stage: Stage, person: string | null): Promise<[Page, BrowserContext]> {
  const storageState = person === null ? { cookies: [], origins: [] } : sessionFile(stage, person);
  const context = await browser.newContext({
    baseURL: stage.url,
    storageState,
    viewport: { width: 1280, height: 800 },
  });
  return [await context.newPage(), context];
}
