import { TidemarkError } from '#server/base/error.ts';
import { hasEnded, type JobState } from '#server/contract/job.ts';
import { atLeast } from '#server/contract/role.ts';
import type { Enqueued, JobContext } from './enqueue.ts';
import { type JobInput, jobInput } from './input.ts';
import { startBackup } from './start-backup.ts';
import { startDropKept } from './start-drop-kept.ts';
import { startRemoveBackup, startVerify } from './start-for-backup.ts';
import { startProbe, startReindex } from './start-for-destination.ts';
import { enqueuePlan } from './start-restore.ts';

/**
 * Runs again what did not succeed, as a new job that names this one: of a job that ended `partly` only the tables that
 * failed. Errors: `not-found`; `job/not-retryable` when it has not ended or everything succeeded; `auth/forbidden`.
 */
export async function retryJob(context: JobContext, input: { jobId: string }): Promise<Enqueued> {
  const job = await load(context, input.jobId);
  if (!hasEnded(job.state) || job.state === 'succeeded') {
    throw new TidemarkError('job/not-retryable', `job #${job.number} is ${job.state}`);
  }
  const parent = { jobId: input.jobId, reason: 'retry' as const };
  refuseLesserRole(context, job.input.kind);
  const done = new Set(job.state === 'partly' ? await succeededTables(context, input.jobId) : []);
  return startAgain(context, job.input, parent, done);
}

/** The same job once more, whole. Errors: `not-found`; `auth/forbidden`; `job/not-retryable` for a restore, which is planned anew. */
export async function cloneJob(context: JobContext, input: { jobId: string }): Promise<Enqueued> {
  const job = await load(context, input.jobId);
  if (job.input.kind === 'restore' || job.input.kind === 'inspect') {
    throw new TidemarkError(
      'job/not-retryable',
      `job #${job.number} cannot be cloned: its plan was for its own moment`,
      {
        hint: 'Plan a new restore from the same backup.',
      },
    );
  }
  refuseLesserRole(context, job.input.kind);
  return startAgain(context, job.input, { jobId: input.jobId, reason: 'clone' }, new Set());
}

/** What only an admin may start is started again by an admin only. Errors: `auth/forbidden`. */
function refuseLesserRole({ actor }: JobContext, kind: JobInput['kind']): void {
  if (!adminKinds.includes(kind) || atLeast(actor.role, 'admin')) return;
  throw new TidemarkError(
    'auth/forbidden',
    `a job of kind ${kind} needs the role admin; ${actor.name} is ${actor.role}`,
  );
}

const adminKinds: readonly JobInput['kind'][] = ['remove-backup', 'reindex', 'drop-kept'];

async function startAgain(
  context: JobContext,
  input: JobInput,
  parent: { jobId: string; reason: 'retry' | 'clone' },
  done: ReadonlySet<string>,
): Promise<Enqueued> {
  switch (input.kind) {
    case 'backup':
      return startBackup(context, await withoutDone(context, input.backup, parent.jobId, done), parent);
    case 'restore': {
      const tables = input.plan.tables.filter((table) => !done.has(table.source));
      if (tables.length === 0) {
        throw new TidemarkError('job/not-retryable', 'every table that the plan could take is restored', {
          hint: 'What it left out needs a plan of its own, from a backup that holds it.',
        });
      }
      return enqueuePlan(context, { ...input, plan: { ...input.plan, tables }, parent });
    }
    case 'verify':
      return startVerify(context, input);
    case 'remove-backup':
      return startRemoveBackup(context, input);
    case 'probe-destination':
      return startProbe(context, input);
    case 'reindex':
      return startReindex(context, input);
    case 'drop-kept':
      return startDropKept(context, input);
    case 'inspect':
      throw new TidemarkError('job/not-retryable', 'a question is asked again, not retried');
  }
}

/** A backup of which some tables succeeded is retried over the others by name, whatever chose them at first. */
async function withoutDone(
  { db }: JobContext,
  backup: Extract<JobInput, { kind: 'backup' }>['backup'],
  jobId: string,
  done: ReadonlySet<string>,
) {
  if (done.size === 0) return backup;
  const rows = await db.jobTable.findMany({ where: { jobId }, select: { table: true }, orderBy: { ordinal: 'asc' } });
  const tables = rows.map(({ table }) => table).filter((table) => !done.has(table));
  if (tables.length === 0) throw new TidemarkError('job/not-retryable', 'no table is left to retry');
  return { ...backup, scope: { all: false, databases: [], schemas: [], tables, patterns: [], exclude: [] } };
}

async function succeededTables({ db }: JobContext, jobId: string): Promise<string[]> {
  const rows = await db.jobTable.findMany({
    where: { jobId, outcome: { path: ['outcome'], equals: 'succeeded' } },
    select: { table: true },
  });
  return rows.map(({ table }) => table);
}

async function load({ db }: JobContext, jobId: string) {
  const row = await db.job.findUnique({ where: { id: jobId }, select: { number: true, state: true, input: true } });
  if (!row) throw new TidemarkError('not-found', 'there is no such job', { context: { jobId } });
  return { number: row.number, state: row.state as JobState, input: jobInput.parse(row.input) };
}
