import type { BackupInput } from '#server/contract/backup.ts';
import type { Session } from '../command-line.ts';
import { exitCodes } from '../exit-code.ts';
import { waitForJob } from '../job/ended.ts';
import { usageError } from '../usage-error.ts';
import { type ScopeOptions, scopeOf } from './scope.ts';

interface Options extends ScopeOptions {
  method: 'logical' | 'physical';
  to?: string;
  parallel?: number;
  maxRate?: number;
  maxThreadsRunning?: number;
  maxSnapshotAge?: number;
  readFrom: 'primary' | 'replica';
  wait?: boolean;
}

export async function runBackup(session: Session, name: string, options: Options) {
  const { console, out } = session;
  const cluster = await console.cluster.show.query({ name });
  const scope = scopeOf(options, cluster);
  const { destinationId, destinationName } = await chooseDestination(session, options.to);
  // What exists is the console's word: it refuses methods it has not.
  const method = options.method as BackupInput['method'];
  const { parallel, readFrom, maxRate, maxThreadsRunning, maxSnapshotAge } = options;
  const { jobId, number, backupId } = await console.backup.run.mutate({
    clusterId: cluster.id,
    destinationId,
    scope,
    method,
    parallel,
    readFrom,
    maxBytesPerSecond: maxRate,
    maxThreadsRunning,
    maxSnapshotAgeMs: maxSnapshotAge,
  });
  if (options.wait) return waitForJob(session, jobId);
  out.result({ jobId, number, backupId, state: 'queued', method, destination: destinationName }, () =>
    [`job #${number} started, backup ${backupId} to ${destinationName}`, `tidemark job watch ${number}`].join('\n'),
  );
  return exitCodes.done;
}

/** Errors: usage, when none is named and there is not exactly one; `not-found`. */
async function chooseDestination({ console }: Session, name: string | undefined) {
  if (name !== undefined) {
    const { id } = await console.destination.show.query({ name });
    return { destinationId: id, destinationName: name };
  }
  const all = await console.destination.list.query();
  if (all.length === 1) return { destinationId: all[0]!.id, destinationName: all[0]!.name };
  if (all.length === 0) {
    throw usageError('no destination is registered', 'Register one: tidemark destination add NAME --kind fs --path P');
  }
  throw usageError(`there are ${all.length} destinations`, `Say --to ${all.map((one) => one.name).join(' or --to ')}.`);
}
