import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '#server/base/log.ts';
import { type Database, openDatabase } from './client.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { type Listener, openListener } from './listen.ts';
import { migrateDatabase } from './migrate.ts';
import { type Nudge, openNudge } from './nudge.ts';

/** For tests: a real control-plane database of its own, migrated and empty. */
export interface TestDatabase {
  readonly url: string;
  readonly db: Database;
  readonly listener: Listener;
  readonly nudge: Nudge;
  readonly dataFolder: string;
  /** Stops it and removes its folder. */
  close(): Promise<void>;
}

/** Takes about two seconds; nothing of it waits for the disk. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
  const server = await startEmbeddedPostgres(dataFolder, { forgetful: true });
  try {
    const { url } = server;
    await migrateDatabase(url);
    const db = openDatabase(url);
    const [listener, nudge] = await Promise.all([openListener(url, silentLogger), openNudge(url)]);
    const close = async () => {
      await Promise.allSettled([listener.close(), nudge.close()]);
      await db.$disconnect();
      await server.stop();
      rmSync(dataFolder, { recursive: true, force: true });
    };
    return { url, db, listener, nudge, dataFolder, close };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
