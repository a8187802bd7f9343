import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { TidemarkError } from '#server/base/error.ts';
import { connectionOf } from './migration-adapter.ts';
import { lastPanic, openMigrationEngine } from './migration-engine.ts';
import { installQueues } from './nudge.ts';

const folder = join(import.meta.dirname, '../../prisma/migrations');
/** One starter at a time applies migrations, the others wait and then find nothing to do. Any number of our own. */
const lockNumber = 7_021_410;

/**
 * Brings the database to the newest schema: applies what is missing of prisma/migrations, then makes the queues, with
 * every other starter waiting. Answers the names of what was applied. Errors:
 * `internal/unexpected` naming what failed; a migration that failed half-way must be looked at by a person.
 */
export async function migrateDatabase(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: connectionOf(databaseUrl).connectionString });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lockNumber]);
    const applied = await applyMissing(databaseUrl, client);
    await installQueues(databaseUrl);
    return applied;
  } finally {
    await client.end();
  }
}

async function applyMissing(databaseUrl: string, client: pg.Client): Promise<string[]> {
  if (!(await isBehind(client))) return [];
  const engine = await openMigrationEngine(databaseUrl);
  try {
    const answer = (await engine.applyMigrations!({
      migrationsList: readMigrations(),
      filters: { externalTables: [], externalEnums: [] },
    })) as { appliedMigrationNames: string[] };
    return answer.appliedMigrationNames;
  } catch (cause) {
    const message = lastPanic() || (cause as Error).message;
    throw new TidemarkError('internal/unexpected', `applying the migrations of the database failed: ${message}`, {
      hint: 'Nothing was started. Read the message; a failed migration is listed in the table _prisma_migrations.',
      cause,
    });
  }
}

/** The engine takes a quarter of a second to load; a start with nothing to apply does without it. */
async function isBehind(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there`,
  );
  if (!rows[0]?.there) return true;
  const done = await client.query<{ name: string }>(
    'SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const names = new Set(done.rows.map(({ name }) => name));
  return migrationNames().some((name) => !names.has(name));
}

const migrationNames = (): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'migration.sql')))
    .map(({ name }) => name)
    .sort();

function readMigrations() {
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: readFileSync(join(folder, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: migrationNames().map((name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(join(folder, name, 'migration.sql'), 'utf8') },
      },
    })),
  };
}
