import pg from 'pg';
import { TidemarkError } from '#server/base/error.ts';
import { connectionOf } from './migration-adapter.ts';

const lockNumber = 7_021_412;

/**
 * One launcher at a time on one embedded database: a second one would stop it under the first. Answers what lets go; a
 * launcher that dies lets go too. Errors: `config/invalid` when another has it.
 */
export async function lockConsole(databaseUrl: string, dataFolder: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: connectionOf(databaseUrl).connectionString, keepAlive: true });
  client.on('error', () => {}); // the database went away: whoever notices first says so
  await client.connect();
  const { rows } = await client.query<{ had: boolean }>('SELECT pg_try_advisory_lock($1) AS had', [lockNumber]);
  if (rows[0]?.had) return () => client.end();
  await client.end();
  throw new TidemarkError('config/invalid', `TIDEMARK_DATA is in use: another console runs on ${dataFolder}`, {
    hint: 'Stop that one, or set TIDEMARK_DATA to another folder.',
  });
}
