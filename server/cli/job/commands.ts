import { Option } from 'commander';
import { formatDuration } from '#components/format/duration.ts';
import { hasEnded, type JobKind, type JobState, jobKinds, jobStates } from '#server/contract/job.ts';
import { type AddCommands, type Session, wholeNumber } from '../command-line.ts';
import { exitCodes } from '../exit-code.ts';
import { failureText } from '../output.ts';
import { type Cell, instantCell, textFields, textTable } from '../text-table.ts';
import { jobDocument, jobTablesOf } from './document.ts';
import { waitForJob } from './ended.ts';
import { progressLine } from './progress-line.ts';

interface ListOptions {
  state?: JobState[];
  kind?: JobKind[];
  cluster?: string;
  text?: string;
  limit: number;
}

export const addJobCommands: AddCommands = (program, run) => {
  const job = program.command('job').description('what was asked for, and what became of it (ID: number or id)');
  job
    .command('list')
    .description('the newest jobs')
    .addOption(new Option('--state <state...>', 'only these').choices(jobStates))
    .addOption(new Option('--kind <kind...>', 'only these').choices(jobKinds))
    .option('--cluster <name>', 'only of this cluster')
    .option('--text <words>', 'only with these words: tables, cluster, destination, who started it')
    .option('--limit <count>', 'how many', wholeNumber('--limit', 1, 500), 50)
    .action(run(list));
  job.command('show <id>').description('one job, with its tables and attempts').action(run(show));
  job.command('cancel <id>').description('ask a job to stop').action(run(cancel));
  job
    .command('retry <id>')
    .description('run again what failed of a job that has ended')
    .option('--wait', 'wait for its end')
    .action(run(retry));
  job
    .command('watch <id>')
    .description('wait for the end of a job; exit code as of its own command')
    .action(run(watch));
};

async function list({ console, out }: Session, options: ListOptions) {
  const { state: states, kind: kinds, text, limit, cluster } = options;
  const clusterId = cluster === undefined ? undefined : (await console.cluster.show.query({ name: cluster })).id;
  const { jobs, nextCursor } = await console.job.list.query({ states, kinds, clusterId, text, limit });
  out.result({ jobs: jobs.map(jobDocument), more: nextCursor !== null }, () =>
    textTable(
      ['>number', 'kind', 'state', 'what', 'cluster', 'created', '>took'],
      jobs.map((job) => [
        job.number,
        job.kind,
        job.state,
        job.title,
        job.clusterName,
        instantCell(job.createdAt),
        job.startedAt && job.endedAt ? formatDuration(+job.endedAt - +job.startedAt) : null,
      ]),
      'no job',
    ),
  );
  if (nextCursor !== null) out.note('there are older ones: --limit, --state, --kind, --cluster and --text choose');
  return exitCodes.done;
}

async function show({ console, out }: Session, id: string) {
  const job = await console.job.show.query(jobOf(id));
  const tables = await jobTablesOf(console, job.id);
  const attempts = job.attempts;
  out.result({ job: { ...jobDocument(job), attempts, result: job.result }, tables: tables.map(tableDocument) }, () => {
    const fields: [string, Cell][] = [
      ['job', `#${job.number} ${job.kind}: ${job.title}`],
      ['id', job.id],
      ['state', job.state],
      ['cluster', job.clusterName],
      ['destination', job.destinationName],
      ['backup', job.backupId],
      ['created', `${instantCell(job.createdAt)} by ${job.createdBy}`],
      ['started', instantCell(job.startedAt)],
      ['ended', instantCell(job.endedAt)],
      ['progress', progressLine(job)],
    ];
    const parts = [textFields(fields)];
    if (attempts.length > 0) {
      const rows = attempts.map((one) => [one.ordinal, one.executor, instantCell(one.startedAt), one.outcome]);
      parts.push(textTable(['>attempt', 'executor', 'started', 'outcome'], rows));
    }
    if (tables.length > 0) {
      // Of a job that has ended no table runs or waits any more: what it did not finish, it left out.
      const stillNone = (state: string) => (hasEnded(job.state) ? 'skipped' : state);
      const rows = tables.map(({ table, target, outcome, state, rows }) => [
        table,
        target,
        outcome?.outcome ?? stillNone(state),
        outcome || !hasEnded(job.state) ? Number(rows) : 0,
      ]);
      parts.push(textTable(['table', 'target', 'outcome', '>rows'], rows));
    }
    if (job.error) parts.push(failureText(job.error));
    return parts.join('\n\n');
  });
  return exitCodes.done;
}

async function cancel({ console, out }: Session, id: string) {
  const { id: jobId, number } = await console.job.show.query(jobOf(id));
  const { state } = await console.job.cancel.mutate({ jobId });
  out.result({ jobId, number, state }, () => `job #${number} is ${state}`);
  return exitCodes.done;
}

async function retry(session: Session, id: string, options: { wait?: boolean }) {
  const { console, out } = session;
  const { id: retryOf } = await console.job.show.query(jobOf(id));
  const { jobId, number } = await console.job.retry.mutate({ jobId: retryOf });
  if (options.wait) return waitForJob(session, jobId);
  out.result({ jobId, number, state: 'queued', retryOf }, () => `job #${number} started: tidemark job watch ${number}`);
  return exitCodes.done;
}

async function watch(session: Session, id: string) {
  const job = await session.console.job.show.query(jobOf(id));
  return waitForJob(session, job.id);
}

/** `12`, `#12` or the id itself. */
function jobOf(text: string): { id: string } | { number: number } {
  const number = /^#?(\d{1,9})$/.exec(text)?.[1];
  return number === undefined ? { id: text } : { number: Number(number) };
}

function tableDocument({
  table,
  target,
  state,
  rows,
  bytes,
  outcome,
}: Awaited<ReturnType<typeof jobTablesOf>>[number]) {
  return { table, target, state, rows, bytes, outcome };
}
