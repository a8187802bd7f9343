import { type Failure, toFailure } from '#server/base/error.ts';
import type { JobState, TableOutcome } from '#server/contract/job.ts';
import { announce } from '#server/db/announce.ts';
import { noJson, type Rows, toJson } from '#server/db/client.ts';
import { appendEvents, type NewEvent } from './append-events.ts';
import { releaseTables } from './claim-tables.ts';
import { type Held, holdJob } from './held.ts';

export interface Ending {
  state: Extract<JobState, 'succeeded' | 'partly' | 'failed' | 'cancelled'>;
  result?: unknown;
  error?: Failure | null;
  tables?: readonly TableOutcome[];
  event?: NewEvent;
}

/**
 * Ends a job, by the attempt that holds it and nobody else: state, result, outcome of every table, claims given back.
 * Inside the caller's transaction, so that what the job made (a backup in the catalog) appears together with its end.
 * Errors: `job/lease-lost`.
 */
export async function finishJob(rows: Rows, held: Held, ending: Ending): Promise<void> {
  await holdJob(rows, held);
  if (ending.tables) await writeOutcomes(rows, held.jobId, ending.tables);
  if (ending.event) await appendEvents(rows, held.jobId, [ending.event]);
  await endJob(rows, held.jobId, ending);
  await rows.attempt.update({
    where: { id: held.attemptId },
    data: { outcome: ending.state, endedAt: new Date(), error: ending.error ? toJson(ending.error) : noJson },
  });
}

/** The row itself; the caller holds its lock. */
export async function endJob(rows: Rows, jobId: string, ending: Ending): Promise<void> {
  await rows.job.update({
    where: { id: jobId },
    data: {
      state: ending.state,
      endedAt: new Date(),
      leaseAttemptId: null,
      leaseExpiresAt: null,
      result: ending.result === undefined ? noJson : toJson(ending.result),
      error: ending.error ? toJson(ending.error) : noJson,
      version: { increment: 1 },
    },
  });
  await releaseTables(rows, jobId);
  await forgetSealed(rows, jobId);
  await announce(rows, { about: 'job', id: jobId, what: 'state' });
}

/** The credentials of a connection test are of no use once it was answered: nothing of them stays in a row. */
async function forgetSealed(rows: Rows, jobId: string): Promise<void> {
  await rows.$executeRaw`
    UPDATE job SET input = jsonb_set(input, '{question,sealed}', '""')
    WHERE id = ${jobId} AND kind = 'inspect' AND input #> '{question,sealed}' IS NOT NULL`;
}

export const failureOf = (error: unknown): Failure => toFailure(error);

async function writeOutcomes(rows: Rows, jobId: string, tables: readonly TableOutcome[]): Promise<void> {
  const values = tables.map((outcome) => ({
    name: outcome.source,
    target: outcome.target,
    state: outcome.outcome === 'succeeded' ? 'done' : 'failed',
    rows: outcome.rows,
    bytes: outcome.rawBytes,
    outcome,
  }));
  // One statement for all: 20,000 tables must not take 20,000 round trips inside the transaction that ends the job.
  await rows.$executeRaw`
    INSERT INTO job_table (job_id, "table", ordinal, target, state, rows, bytes, outcome, version)
    SELECT ${jobId}, v.name,
      (SELECT coalesce(max(ordinal) + 1, 0) FROM job_table WHERE job_id = ${jobId}) + v.place - 1,
      v.target, v.state, v.rows, v.bytes, v.outcome, (SELECT version + 1 FROM job WHERE id = ${jobId})
    FROM ROWS FROM (
      jsonb_to_recordset(${JSON.stringify(values)}::jsonb)
        AS (name text, target text, state text, rows bigint, bytes bigint, outcome jsonb)
    ) WITH ORDINALITY AS v (name, target, state, rows, bytes, outcome, place)
    ON CONFLICT (job_id, "table") DO UPDATE SET
      target = coalesce(excluded.target, job_table.target), state = excluded.state, rows = excluded.rows,
      bytes = excluded.bytes, outcome = excluded.outcome, version = excluded.version`;
}
