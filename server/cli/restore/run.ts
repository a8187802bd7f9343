import type { Failure } from '#server/base/error.ts';
import { TidemarkError } from '#server/base/error.ts';
import { type ErrorCode, errorTable } from '#server/base/error-table.ts';
import type { Session } from '../command-line.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { waitForJob } from '../job/ended.ts';
import { failureText } from '../output.ts';
import { badChecks, leftOutOf, makePlan, type RestoreOptions, type RestorePlan } from './make-plan.ts';
import { checkLines } from './plan-text.ts';
import { pointOf } from './point-of.ts';

interface Options extends RestoreOptions {
  wait?: boolean;
}

/**
 * Plans and runs that very plan. A failed check stops it before anything is touched. Tables that cannot be restored are
 * left out, named, and make the whole partly failed; when it is all of them, nothing starts.
 */
export async function runRestore(session: Session, name: string, options: Options): Promise<ExitCode> {
  const { console, out } = session;
  const { planJobId, plan } = await makePlan(session, name, options);
  refuse(plan, (line) => out.json || out.note(line));
  const leftOut = leftOutOf(plan);
  const { jobId, number } = await console.restore.run.mutate({ planJobId });
  if (options.wait) return waitForJob(session, jobId, leftOut);
  const tables = plan.tables.map(({ source, target, problem }) => ({
    source,
    target,
    ...(problem && { error: problem }),
  }));
  const point = pointOf(plan);
  out.result({ jobId, number, planJobId, state: 'queued', point, tables }, () => {
    const lines = tables.map((table) => `${table.source} → ${table.target}${table.error ? ': left out' : ''}`);
    return [...lines, `job #${number} started: tidemark job watch ${number}`].join('\n');
  });
  for (const { source, problem } of leftOut) {
    if (!out.json) out.note(failureText({ ...problem, message: `${source}: ${problem.message}` }));
  }
  return leftOut.length > 0 ? exitCodes.partly : exitCodes.done;
}

/** Errors: the problem of the tables when all of them have one, else `restore/checks-failed` with the checks. */
function refuse(plan: RestorePlan, note: (line: string) => void): void {
  const leftOut = leftOutOf(plan);
  const [first] = leftOut;
  if (first && leftOut.length === plan.tables.length) {
    const { code, message, hint } = first.problem;
    const known: ErrorCode = code in errorTable ? (code as ErrorCode) : 'restore/checks-failed';
    const said = plan.tables.length === 1 ? message : `no table can be restored; ${first.source}: ${message}`;
    throw new TidemarkError(known, said, { hint, context: { tables: leftOut } });
  }
  const bad = badChecks(plan);
  if (bad.length === 0) return;
  note(checkLines({ ...plan, checks: bad }));
  throw new TidemarkError('restore/checks-failed', `the plan cannot run: ${bad.map(({ label }) => label).join(', ')}`, {
    hint: bad.map(({ fix }) => fix).join(' '),
    context: { checks: bad } satisfies Failure['context'],
  });
}
