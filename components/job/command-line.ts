import type { JobDetail, Plan } from '#components/trpc/outputs.ts';
import { exactDuration, exactSize } from '#server/base/units.ts';
import { type BackupAsked, backupInput, snapshotAge } from '#server/contract/backup.ts';
import { loadManner } from '#server/contract/restore.ts';

type JobInput = JobDetail['input'];

/** How a command line or the API would ask for the same job. */
export interface SameCall {
  command: string;
  /** Procedure and its input, as JSON. */
  procedure: string;
  body: string;
}

interface Names {
  cluster: string;
  destination: string;
  /** The cluster a restore writes to, when it is another one. */
  into: string | null;
}

/** null for a job that nobody asks for by hand. */
export function sameCall(input: JobInput, names: Names): SameCall | null {
  switch (input.kind) {
    case 'backup':
      return {
        command: backupCommand(input.backup, names),
        procedure: 'backup.run',
        body: json(input.backup),
      };
    case 'restore': {
      const { plan } = input;
      const restore = {
        clusterId: input.clusterId,
        point: plan.point,
        tables: plan.tables.map(({ source, target }) => ({ source, target: plan.clean ? null : target })),
        intoClusterId: input.targetClusterId === input.clusterId ? null : input.targetClusterId,
        clean: plan.clean,
        keepForMs: plan.keepForMs,
        foreignKeys: plan.foreignKeys,
        triggers: plan.triggers,
        parallel: plan.parallel,
        ...loadManner.parse(plan),
      };
      return {
        command: restoreCommand(plan, { ...names, cluster: plan.clusterName }),
        procedure: 'restore.plan',
        body: json(restore),
      };
    }
    case 'verify':
      return {
        command: `npx tidemark backup verify ${input.backupId}`,
        procedure: 'backup.verify',
        body: json({ backupId: input.backupId }),
      };
    case 'remove-backup':
      return {
        command: `npx tidemark backup remove ${input.backupId}`,
        procedure: 'backup.remove',
        body: json({ backupId: input.backupId }),
      };
    default:
      return null;
  }
}

export function backupCommand(
  asked: BackupAsked,
  { cluster, destination }: Pick<Names, 'cluster' | 'destination'>,
): string {
  const backup = backupInput.parse(asked);
  const { scope, maxBytesPerSecond, maxThreadsRunning, maxSnapshotAgeMs, readFrom } = backup;
  return words([
    'npx tidemark backup run',
    cluster,
    ...(scope.all ? ['--all'] : []),
    ...scope.databases.flatMap((name) => ['--database', name]),
    ...scope.schemas.flatMap((name) => ['--schema', name]),
    ...scope.tables.flatMap((name) => ['--table', name]),
    ...scope.patterns.flatMap((name) => ['--like', name]),
    ...scope.exclude.flatMap((name) => ['--exclude', name]),
    '--to',
    destination,
    '--parallel',
    String(backup.parallel),
    ...(maxBytesPerSecond === null ? [] : ['--max-rate', exactSize(maxBytesPerSecond)]),
    ...(maxThreadsRunning === null ? [] : ['--max-threads-running', String(maxThreadsRunning)]),
    ...(maxSnapshotAgeMs === snapshotAge.defaultMs ? [] : ['--max-snapshot-age', exactDuration(maxSnapshotAgeMs)]),
    ...(readFrom === 'primary' ? [] : ['--read-from', readFrom]),
    '--wait',
  ]);
}

export function restoreCommand(
  plan: Pick<
    Plan,
    | 'backup'
    | 'tables'
    | 'clean'
    | 'keepForMs'
    | 'foreignKeys'
    | 'triggers'
    | 'parallel'
    | 'maxBytesPerSecond'
    | 'maxReplicaLagSeconds'
    | 'logBin'
  > & { point?: Plan['point'] },
  { cluster, into }: Pick<Names, 'cluster' | 'into'>,
): string {
  // Jobs are shown as they were stored: older ones say nothing of it.
  const { maxBytesPerSecond, maxReplicaLagSeconds, logBin } = loadManner.parse(plan);
  return words([
    'npx tidemark restore run',
    cluster,
    ...plan.tables.flatMap(({ source, target }) => ['--table', plan.clean ? source : `${source}=${target}`]),
    ...pointWords(plan),
    ...(into === null ? [] : ['--into', into]),
    ...(plan.clean ? ['--clean', '--keep-for', `${Math.round(plan.keepForMs / 3_600_000)}h`] : []),
    ...(plan.foreignKeys ? ['--foreign-keys'] : []),
    ...(plan.triggers ? ['--triggers'] : []),
    '--parallel',
    String(plan.parallel),
    ...(maxBytesPerSecond === null ? [] : ['--max-rate', exactSize(maxBytesPerSecond)]),
    ...(maxReplicaLagSeconds === null ? [] : ['--max-replica-lag', `${maxReplicaLagSeconds}s`]),
    ...(logBin ? [] : ['--no-log-bin']),
    '--wait',
  ]);
}

/** Jobs from before there were other points say nothing of theirs. */
function pointWords({ point, backup }: { point?: Plan['point']; backup: Plan['backup'] }): string[] {
  switch (point?.kind) {
    case 'instant':
      return ['--at', point.at];
    case 'before':
      return ['--before-tx', point.transaction];
    case 'after':
      return ['--after-tx', point.transaction];
    case 'latest':
      return ['--at', 'latest'];
    default:
      return ['--backup', backup.id];
  }
}

/** As a POSIX shell reads it back; the first word is a command and stays as it is. */
function words([command, ...rest]: string[]): string {
  return [command, ...rest.map(shellWord)].join(' ');
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

const json = (value: unknown) => JSON.stringify({ json: value }, null, 2);
