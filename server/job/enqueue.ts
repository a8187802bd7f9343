import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { announce } from '#server/db/announce.ts';
import { type Rows, toJson } from '#server/db/client.ts';
import { newId } from '#server/db/new-id.ts';
import type { Nudge } from '#server/db/nudge.ts';
import { claimTables } from './claim-tables.ts';
import { laneOf } from './input.ts';
import type { NewJob } from './new-job.ts';
import { searchTextOf } from './search-text.ts';

/** What verbs that start jobs are given. */
export interface JobContext extends Context {
  readonly nudge: Nudge;
}

export interface Enqueued {
  jobId: string;
  number: number;
}

/**
 * Job row, claims, audit row and nudge in one transaction: all of them or none. Errors: `conflict/table-busy` with
 * `{jobId, jobNumber, table}` of the job that writes one of the tables now.
 */
export async function enqueue(context: JobContext, job: NewJob): Promise<Enqueued> {
  return context.db.$transaction((rows) => enqueueWithin(rows, context, job));
}

export async function enqueueWithin(rows: Rows, context: JobContext, job: NewJob): Promise<Enqueued> {
  const { input, cluster, destination } = job;
  const lane = laneOf(input.kind);
  const created = await rows.job.create({
    data: {
      id: job.id ?? newId(),
      kind: input.kind,
      lane,
      clusterId: cluster?.id,
      clusterName: cluster?.name,
      destinationId: destination?.id,
      destinationName: destination?.name,
      backupId: job.backupId,
      title: job.title,
      input: toJson(input),
      createdBy: context.actor.name,
      createdAt: context.clock.now(),
      parentJobId: job.parent?.jobId,
      parentReason: job.parent?.reason,
      searchText: searchTextOf(job, context.actor.name),
    },
    select: { id: true, number: true },
  });
  if (job.tables && job.tables.length > 0) await addTables(rows, created.id, job.tables);
  if (job.writes) await claimTables(rows, { jobId: created.id, ...job.writes });
  // Questions of the console itself are no news: they would bury the rest.
  if (input.kind !== 'inspect') {
    await recordAudit(rows, context, {
      action: `job.${input.kind}`,
      subject: `#${created.number}`,
      detail: { title: job.title, cluster: cluster?.name, destination: destination?.name, backup: job.backupId },
    });
  }
  await context.nudge.send(rows, lane, created.id);
  await announce(rows, { about: 'job', id: created.id, what: 'queued' });
  return { jobId: created.id, number: created.number };
}

async function addTables(rows: Rows, jobId: string, tables: NonNullable<NewJob['tables']>): Promise<void> {
  const names = new Set(tables.map(({ source }) => source));
  if (names.size < tables.length) {
    throw new TidemarkError('input/invalid', 'a table is named twice', { hint: 'Name each table once.' });
  }
  const values = tables.map(({ source, target }) => ({ source, target }));
  // One statement: row by row through the client takes seconds at 20,000 tables, longer than a transaction may idle.
  await rows.$executeRaw`
    INSERT INTO job_table (job_id, "table", target, ordinal)
    SELECT ${jobId}, v.source, v.target, v.place - 1
    FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(values)}::jsonb) AS (source text, target text))
      WITH ORDINALITY AS v (source, target, place)`;
}
