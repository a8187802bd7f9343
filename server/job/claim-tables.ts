import { TidemarkError } from '#server/base/error.ts';
import type { Rows } from '#server/db/client.ts';

/**
 * Takes the right to write these tables for a job, for as long as the job has not ended. Inside the caller's transaction.
 * Errors: `conflict/table-busy` with `{jobId, jobNumber, table}` of a job that has one of them now.
 */
export async function claimTables(
  rows: Rows,
  wanted: { jobId: string; clusterId: string; tables: readonly string[] },
): Promise<void> {
  // In one order, so that two jobs that want the same tables meet at the first and neither waits for the other for ever.
  const tables = [...new Set(wanted.tables)].sort();
  const count = await rows.$executeRaw`
    INSERT INTO job_claim (cluster_id, "table", job_id)
    SELECT ${wanted.clusterId}, v.name, ${wanted.jobId}
    FROM jsonb_array_elements_text(${JSON.stringify(tables)}::jsonb) WITH ORDINALITY AS v (name, place)
    ORDER BY v.place ON CONFLICT DO NOTHING`;
  if (count === tables.length) return;
  const busy = await rows.jobClaim.findFirst({
    where: { clusterId: wanted.clusterId, table: { in: tables }, NOT: { jobId: wanted.jobId } },
    include: { job: { select: { id: true, number: true, kind: true } } },
    orderBy: { table: 'asc' },
  });
  const by = busy ? `job #${busy.job.number} (${busy.job.kind})` : 'another job';
  throw new TidemarkError('conflict/table-busy', `${busy?.table ?? 'a table'} is being written by ${by}`, {
    hint: 'Wait for that job, or cancel it.',
    context: { jobId: busy?.job.id, jobNumber: busy?.job.number, table: busy?.table },
  });
}

/** Gives them back, when the job has ended. */
export async function releaseTables(rows: Rows, jobId: string): Promise<void> {
  await rows.jobClaim.deleteMany({ where: { jobId } });
}
