import type pg from 'pg';
import { asTidemarkError, type TidemarkError } from '#server/base/error.ts';
import type { ComputingStatements } from './computing-statements.ts';

/**
 * Runs the statements in one transaction that is always rolled back: whether types, collations, servers, roles and
 * rights are there is asked of the server itself, before the button. Locks nothing that exists.
 */
export async function rehearseComputing(
  client: pg.Client,
  statements: ComputingStatements,
): Promise<{ problem: TidemarkError | null; refusedGrants: string[] }> {
  await client.query('BEGIN');
  try {
    return { problem: null, refusedGrants: await runAll(client, statements) };
  } catch (error) {
    return { problem: asTidemarkError(error), refusedGrants: [] };
  } finally {
    await client.query('ROLLBACK');
  }
}

/**
 * The visible step on the computing node. `beforeCommit` runs last: it may still refuse. Answers with the grants that
 * the server did not take. Errors: the server's own; then nothing of it is there.
 */
export async function runComputing(
  client: pg.Client,
  statements: ComputingStatements,
  beforeCommit: () => Promise<void>,
): Promise<string[]> {
  await client.query('BEGIN');
  try {
    const refused = await runAll(client, statements);
    await beforeCommit();
    await client.query('COMMIT');
    return refused;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {}); // the connection may be gone: the first error matters
    throw error;
  }
}

async function runAll(client: pg.Client, statements: ComputingStatements): Promise<string[]> {
  // Names in the statements are qualified; expressions must mean what they meant when they were read. A process that is
  // stopped in here must not keep the names it has taken.
  await client.query(
    "SET LOCAL search_path = pg_catalog; SET LOCAL lock_timeout = '10s'; SET LOCAL idle_in_transaction_session_timeout = '5s'",
  );
  for (const statement of statements.create) await client.query(statement);
  const refused: string[] = [];
  for (const grant of statements.grants) {
    await client.query('SAVEPOINT one_grant');
    try {
      await client.query(grant.sql);
      await client.query('RELEASE SAVEPOINT one_grant');
    } catch {
      await client.query('ROLLBACK TO SAVEPOINT one_grant');
      refused.push(grant.shown);
    }
  }
  return refused;
}
