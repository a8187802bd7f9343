import { formatBytes } from '#components/format/bytes.ts';
import { formatDuration } from '#components/format/duration.ts';
import { formatCount } from '#components/format/number.ts';
import type { Session } from '../command-line.ts';
import { type ExitCode, exitCodeOfState, exitCodes } from '../exit-code.ts';
import { failureText } from '../output.ts';
import { textTable } from '../text-table.ts';
import { endedDocument, type JobTableView, jobTablesOf, type LeftOut } from './document.ts';
import { type Followed, followJob, type JobDetail } from './follow.ts';

/** Waits for a job and says what became of it; the exit code is its state's. */
export async function waitForJob(session: Session, jobId: string, leftOut: readonly LeftOut[] = []): Promise<ExitCode> {
  const followed = await followJob(session, jobId);
  if (followed.interrupted) return stoppedWaiting(session, jobId, followed);
  return sayEnded(session, followed.job!, leftOut);
}

async function sayEnded({ console, out }: Session, job: JobDetail, leftOut: readonly LeftOut[]): Promise<ExitCode> {
  const tables = await jobTablesOf(console, job.id);
  // A job that ran enters them itself; one that failed before has only its plan to tell of them.
  const missing = leftOut.filter(({ source }) => !tables.some(({ table }) => table === source));
  const document = endedDocument(job, tables, missing);
  out.result(document, () => endedText(job, document.state, tables, missing));
  if (!out.json && 'error' in document && document.error) out.note(failureText(document.error));
  return exitCodeOfState(document.state);
}

function stoppedWaiting({ out }: Session, jobId: string, { job }: Followed): ExitCode {
  out.result({ jobId, number: job?.number ?? null, state: job?.state ?? null, waiting: false }, () => '');
  return exitCodes.interrupted;
}

function endedText(
  job: JobDetail,
  state: JobDetail['state'],
  tables: readonly JobTableView[],
  leftOut: readonly LeftOut[],
): string {
  const took = job.startedAt && job.endedAt ? ` in ${formatDuration(+job.endedAt - +job.startedAt)}` : '';
  const lines = [`job #${job.number}, ${job.kind} (${job.title}): ${state}${took}`];
  if (job.backupId !== null && job.kind === 'backup') lines.push(`backup ${job.backupId}`);
  if (tables.length + leftOut.length > 0) lines.push('', tableLines(tables, leftOut));
  const failures = tables.flatMap(({ table, outcome }) => (outcome?.error ? [{ table, ...outcome.error }] : []));
  const refused = leftOut.map(({ source, problem }) => ({ table: source, ...problem }));
  for (const { table, code, message, hint } of [...failures, ...refused]) {
    lines.push('', failureText({ code, message: `${table}: ${message}`, hint }));
  }
  for (const { table, outcome } of tables) for (const note of outcome?.notes ?? []) lines.push(`${table}: ${note}`);
  return lines.join('\n');
}

const tableLines = (tables: readonly JobTableView[], leftOut: readonly LeftOut[]): string =>
  textTable(
    ['table', 'target', 'outcome', '>rows', '>raw', '>stored', 'kept as'],
    [
      ...tables.map(({ table, target, outcome }) => [
        table,
        outcome?.target ?? target,
        outcome?.outcome ?? 'skipped',
        formatCount(outcome?.rows ?? 0),
        formatBytes(outcome?.rawBytes ?? 0),
        formatBytes(outcome?.storedBytes ?? 0),
        outcome?.keptAs ?? ' ',
      ]),
      ...leftOut.map(({ source, target }) => [source, target, 'left out']),
    ].map((row) => [...row, ...Array<string>(7 - row.length).fill(' ')]),
  );
