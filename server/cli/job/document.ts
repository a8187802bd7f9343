import type { Console, Outputs } from '../console.ts';
import { everyPage } from '../every-page.ts';
import { pointOf } from '../restore/point-of.ts';
import type { JobDetail } from './follow.ts';

type JobView = Outputs['job']['list']['jobs'][number];
export type JobTableView = Outputs['job']['tables']['tables'][number];

/** What scripts get to see of a job in lists. */
export function jobDocument(job: JobView) {
  const { id, number, kind, state, title, backupId, createdBy, createdAt, startedAt, endedAt, parentJobId } = job;
  return {
    id,
    number,
    kind,
    state,
    title,
    cluster: job.clusterName,
    destination: job.destinationName,
    backupId,
    createdBy,
    createdAt,
    startedAt,
    endedAt,
    attempts: job.attemptsMade,
    executor: job.executor,
    retryOf: job.parentReason === 'retry' ? parentJobId : null,
    progress: job.progress,
    error: job.error,
  };
}

export function jobTablesOf(console: Console, jobId: string): Promise<JobTableView[]> {
  return everyPage(async (cursor: number | undefined) => {
    const { tables, nextCursor } = await console.job.tables.query({ jobId, cursor, limit: 1_000 });
    return { rows: tables, nextCursor };
  });
}

/** A table of a restore that its plan left out: it counts as failed, or nobody would miss it. */
export interface LeftOut {
  source: string;
  target: string;
  problem: { code: string; message: string; hint: string };
}

/**
 * What a job that has ended made, as CONTRACT.md shows it for `backup run --wait` and `restore run --wait`; a failed or
 * cancelled one has its `error` beside that. A table the job never came to is `skipped`.
 */
export function endedDocument(job: JobDetail, tables: readonly JobTableView[], leftOut: readonly LeftOut[] = []) {
  const state = leftOut.length > 0 && job.state === 'succeeded' ? ('partly' as const) : job.state;
  const error = state === 'failed' || state === 'cancelled' ? { error: errorOf(job) } : {};
  const base = { jobId: job.id, number: job.number, kind: job.kind, state, ...error };
  const result = (job.result ?? {}) as Record<string, unknown>;
  switch (job.input.kind) {
    case 'backup': {
      const { backupId, backup } = job.input;
      return { ...base, backupId, method: backup.method, tables: tables.map(backedUp) };
    }
    case 'restore': {
      const refused = leftOut.map(({ source, target, problem }) => ({
        ...restoredNothing(source, target),
        outcome: 'failed' as const,
        error: problem,
      }));
      return {
        ...base,
        point: pointOf(job.input.plan),
        tables: [...tables.map(restored), ...refused],
        timings: result.timings ?? null,
      };
    }
    case 'verify': {
      const { objects, bytes, rows, damaged } = result;
      return {
        ...base,
        backupId: job.input.backupId,
        objects,
        bytes,
        rows: rows === undefined ? undefined : Number(rows),
        damaged,
      };
    }
    case 'remove-backup':
      return { ...base, backupId: job.input.backupId };
    default:
      return { ...base, result: job.result };
  }
}

function errorOf({ state, number, error }: JobDetail) {
  const unknown = state === 'cancelled' ? 'job/cancelled' : 'internal/unexpected';
  return error ?? { code: unknown, message: `job #${number} ${state}`, hint: '', context: {} };
}

function backedUp({ table, outcome }: JobTableView) {
  return {
    table,
    outcome: outcome?.outcome ?? ('skipped' as const),
    rows: outcome?.rows ?? 0,
    rawBytes: outcome?.rawBytes ?? 0,
    storedBytes: outcome?.storedBytes ?? 0,
    fragments: outcome?.fragments ?? 0,
    ...(outcome?.error && { error: outcome.error }),
  };
}

const restoredNothing = (source: string, target: string | null) => ({
  source,
  target,
  outcome: 'skipped' as const,
  rows: 0,
  changesApplied: 0,
  digest: null,
});

function restored({ table, target, outcome }: JobTableView) {
  if (!outcome) return restoredNothing(table, target);
  return {
    source: table,
    target: outcome.target ?? target,
    outcome: outcome.outcome,
    rows: outcome.rows,
    changesApplied: outcome.changesApplied ?? 0,
    digest: outcome.digest,
    ...(outcome.log && { log: outcome.log }),
    ...(outcome.keptAs !== null && { keptAs: outcome.keptAs }),
    ...(outcome.notes.length > 0 && { notes: outcome.notes }),
    ...(outcome.error && { error: outcome.error }),
  };
}
