import type { Context } from '#server/audit/context.ts';
import { type Failure, TidemarkError } from '#server/base/error.ts';
import type { TableOutcome } from '#server/contract/job.ts';
import type { TablePhases, WorkState } from '#server/contract/progress.ts';
import type { JobInput } from './input.ts';
import { type JobView, jobViewColumns, jobViewOf } from './job-view.ts';

export interface AttemptView {
  id: string;
  ordinal: number;
  executor: string;
  startedAt: Date;
  endedAt: Date | null;
  outcome: string | null;
  error: Failure | null;
}

export interface JobDetail extends JobView {
  input: JobInput;
  result: unknown;
  attempts: AttemptView[];
  tableCount: number;
}

export interface JobTableView {
  table: string;
  target: string | null;
  ordinal: number;
  state: WorkState;
  phases: TablePhases;
  rows: bigint;
  bytes: bigint;
  outcome: TableOutcome | null;
  version: bigint;
}

/** By id or number. Errors: `not-found`. */
export async function showJob(
  { db }: Pick<Context, 'db'>,
  job: { id: string } | { number: number },
): Promise<JobDetail> {
  const row = await db.job.findUnique({
    where: job,
    select: {
      ...jobViewColumns,
      input: true,
      result: true,
      attempts: { orderBy: { ordinal: 'asc' } },
      _count: { select: { tables: true } },
    },
  });
  if (!row) throw new TidemarkError('not-found', 'there is no such job', { context: job });
  const { input, result, attempts, _count, ...view } = row;
  return {
    ...jobViewOf(view),
    input: withoutSealed(input as unknown as JobInput),
    result,
    attempts: attempts.map(({ jobId: _, ...attempt }) => ({
      ...attempt,
      error: attempt.error as unknown as Failure | null,
    })),
    tableCount: _count.tables,
  };
}

/** The credentials of a connection test are sealed, and still nobody's to look at. */
function withoutSealed(input: JobInput): JobInput {
  if (input.kind !== 'inspect' || input.question.ask !== 'test-connection') return input;
  return { ...input, question: { ...input.question, sealed: '' } };
}

/** Tables of a job in the order of the work; `after` is the ordinal of the last one of the page before. */
export async function listJobTables(
  { db }: Pick<Context, 'db'>,
  input: { jobId: string; after?: number; newerThan?: bigint; state?: WorkState; limit?: number },
): Promise<{ tables: JobTableView[]; next: number | null }> {
  const limit = Math.min(input.limit ?? 200, 1_000);
  const rows = await db.jobTable.findMany({
    where: {
      jobId: input.jobId,
      ordinal: input.after === undefined ? undefined : { gt: input.after },
      version: input.newerThan === undefined ? undefined : { gt: input.newerThan },
      state: input.state,
    },
    orderBy: { ordinal: 'asc' },
    take: limit + 1,
  });
  const tables = rows.slice(0, limit).map(({ jobId: _, ...row }) => ({
    ...row,
    state: row.state as WorkState,
    phases: row.phases as unknown as TablePhases,
    outcome: row.outcome as unknown as TableOutcome | null,
  }));
  return { tables, next: rows.length > limit ? tables.at(-1)!.ordinal : null };
}
