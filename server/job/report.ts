import type { JobProgress, TablePhases, WorkState } from '#server/contract/progress.ts';
import { announce } from '#server/db/announce.ts';
import { type Database, toJson } from '#server/db/client.ts';
import { appendEvents, type NewEvent } from './append-events.ts';
import { type Held, holdJob } from './held.ts';

/** What changed since the last report: `tables` only those that did. */
export interface Report {
  progress: JobProgress | null;
  tables: readonly { table: string; state: WorkState; phases: TablePhases; rows: number; bytes: number }[];
  events: readonly NewEvent[];
}

/** Writes progress and events of the attempt that holds the job. Errors: `job/lease-lost`, and then nothing is written. */
export async function reportJob(db: Database, held: Held, report: Report): Promise<void> {
  await db.$transaction(async (rows) => {
    await holdJob(rows, held);
    await appendEvents(rows, held.jobId, report.events);
    const moved = report.progress !== null || report.tables.length > 0;
    if (moved) {
      const { version } = await rows.job.update({
        where: { id: held.jobId },
        data: { version: { increment: 1 }, ...(report.progress && { progress: toJson(report.progress) }) },
        select: { version: true },
      });
      // Rows keep the place in which they first appeared.
      await rows.$executeRaw`
        INSERT INTO job_table (job_id, "table", ordinal, state, phases, rows, bytes, version)
        SELECT ${held.jobId}, v.name,
          (SELECT coalesce(max(ordinal) + 1, 0) FROM job_table WHERE job_id = ${held.jobId}) + v.place - 1,
          v.state, v.phases, v.rows, v.bytes, ${version}
        FROM ROWS FROM (
          jsonb_to_recordset(${JSON.stringify(report.tables.map(({ table, ...rest }) => ({ name: table, ...rest })))}::jsonb)
            AS (name text, state text, phases jsonb, rows bigint, bytes bigint)
        ) WITH ORDINALITY AS v (name, state, phases, rows, bytes, place)
        ON CONFLICT (job_id, "table") DO UPDATE SET state = excluded.state, phases = excluded.phases,
          rows = excluded.rows, bytes = excluded.bytes, version = excluded.version`;
    }
    if (moved) await announce(rows, { about: 'job', id: held.jobId, what: 'progress' });
    else if (report.events.length > 0) await announce(rows, { about: 'job', id: held.jobId, what: 'event' });
  });
}
