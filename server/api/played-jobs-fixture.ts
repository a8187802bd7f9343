import { recordBackup } from '#server/catalog/record-backup.ts';
import { storeTopology } from '#server/cluster/store-topology.ts';
import type { NodeCheck, NodeInfo, Topology } from '#server/contract/cluster.ts';
import type { CoverageView } from '#server/contract/coverage.ts';
import type { TableOutcome } from '#server/contract/job.ts';
import type { RestoreInput, RestorePlan } from '#server/contract/restore.ts';
import { storeProbe } from '#server/destination/store-probe.ts';
import type { Ending, finishJob } from '#server/job/finish.ts';
import type { JobInput } from '#server/job/input.ts';

type Commit = (rows: Parameters<typeof finishJob>[0]) => Promise<void>;
/** How a job ends, and what is written together with that. */
export type Played = Ending & { before?: Commit };

const outcome = (source: string, more: Partial<TableOutcome> = {}): TableOutcome => ({
  source,
  target: null,
  outcome: 'succeeded',
  rows: 1_000_000,
  rawBytes: 81_234_567,
  storedBytes: 20_123_456,
  fragments: 4,
  digest: '0f',
  keptAs: null,
  notes: [],
  error: null,
  ...more,
});
export const failed = { code: 'table/changed', message: 'the definition changed', hint: 'Run it again.' };

export const good: NodeCheck = {
  node: 'cn',
  id: 'reachable',
  label: 'Reachable',
  state: 'ok',
  detail: 'in 1 ms',
  fix: '',
};

/** What an executor would say to anything, of nodes that these checks were made of. */
export async function playJob(input: JobInput, checks: readonly NodeCheck[]): Promise<Played> {
  if (input.kind === 'probe-destination') {
    const features = { noReplace: true, rangeRead: true, list: true, remove: true, freeBytes: 5e9, repositoryId: 'r' };
    return { state: 'succeeded', before: (rows) => storeProbe(rows, input.destinationId, { features }) };
  }
  if (input.kind === 'backup') {
    const tables = input.backup.scope.tables.map((name) =>
      name.endsWith('bad') ? outcome(name, { outcome: 'failed', error: failed }) : outcome(name),
    );
    const bad = tables.filter(({ error }) => error).length;
    if (bad === tables.length)
      return { state: 'failed', tables, error: { ...failed, code: 'table/changed', context: {} } };
    return { state: bad > 0 ? 'partly' : 'succeeded', tables, before: (rows) => enterBackup(rows, input) };
  }
  if (input.kind === 'restore') {
    const tables = input.plan.tables.map(({ source, target }) => outcome(source, { target }));
    return { state: 'succeeded', tables, result: { timings: { baseMs: 1, catchUpMs: 0, indexMs: 2, totalMs: 3 } } };
  }
  if (input.kind !== 'inspect') throw new Error(`unexpected ${input.kind}`);
  const { question } = input;
  if (question.ask === 'coverage') return { state: 'succeeded', result: coverageFound };
  if (question.ask === 'plan-restore') return { state: 'succeeded', result: planOf(question.restore) };
  const seen = { topology, checks: [...checks] };
  if (question.ask === 'test-connection') return { state: 'succeeded', result: { nodes: seen.topology.nodes, checks } };
  const result = { takenAt: seen.topology.takenAt, nodes: 1, tables: 2 };
  return { state: 'succeeded', result, before: (rows) => storeTopology(rows, question.clusterId, seen) };
}

const reason = 'binlog of shard s1 was purged before it was archived';
/** Of any table. */
export const coverageFound: CoverageView = {
  ranges: [
    { from: '2026-11-20T10:00:00.000Z', to: '2026-11-20T11:00:00.000Z' },
    { from: '2026-11-20T12:00:00.000Z', to: '2026-11-20T12:30:00.000Z' },
  ],
  gaps: [{ from: '2026-11-20T11:00:00.000Z', to: '2026-11-20T12:00:00.000Z', reason }],
  safeUntil: '2026-11-20T12:30:00.000Z',
  backups: [{ id: 'b', at: '2026-11-20T10:00:00.000Z' }],
  logs: [],
  problems: ['open /gone: it is no folder'],
};

const computing: NodeInfo = {
  name: 'cn',
  role: 'computing',
  engine: 'postgres',
  host: '127.0.0.1',
  port: 1,
  version: '15.1',
  flavor: null,
  reachable: true,
  freeBytes: null,
  timeZone: 'UTC',
  clockSkewMs: 0,
};
const topology: Topology = {
  kind: 'fdw',
  takenAt: new Date().toISOString(),
  nodes: [computing],
  tables: ['account', 'a_very.odd "name"'].map((name) => ({
    name: `postgres.public.${name}`,
    database: 'postgres',
    schema: 'public',
    table: name,
    kind: 'table',
    estimatedRows: 10,
    bytes: 100,
    problem: null,
    fragments: [
      { node: 's1', database: 'd', table: 't', partition: null, estimatedRows: 10, bytes: 100, engine: 'InnoDB' },
    ],
  })),
};

async function enterBackup(rows: Parameters<Commit>[0], { backupId, backup }: Extract<JobInput, { kind: 'backup' }>) {
  const now = new Date().toISOString();
  const tables = backup.scope.tables.map((name, at) => ({
    id: String(at),
    name,
    rows: '12',
    rawBytes: 100,
    storedBytes: 10,
    fragments: 1,
  }));
  const manifest = {
    id: backupId,
    cluster: { id: backup.clusterId, name: 'bank', kind: 'fdw' },
    method: 'logical',
    startedAt: now,
    finishedAt: now,
    cut: { at: now, proven: true, reason: '', heldMs: 3 },
    longestWriterWaitMs: 4,
    tables,
    failed: [],
  };
  await recordBackup(rows, { manifest, manifestSha256: '00', destinationId: backup.destinationId, jobId: null });
}

/** A table named `taken` exists at its target, `shaky` lacks a privilege. */
function planOf(restore: RestoreInput): RestorePlan {
  if (restore.point.kind !== 'backup') throw new Error('not asked here');
  const at = '2026-11-20T10:15:00.000Z';
  const taken = { code: 'restore/target-exists', message: 'the target exists', hint: 'Say --clean.' };
  return {
    version: 1,
    madeAt: at,
    clusterName: 'bank',
    targetClusterName: 'bank',
    backup: { id: restore.point.backupId, destination: 'nas', at, cutProven: true },
    point: restore.point,
    log: null,
    clean: restore.clean,
    keepForMs: restore.keepForMs,
    foreignKeys: false,
    triggers: false,
    parallel: 2,
    maxBytesPerSecond: restore.maxBytesPerSecond,
    maxReplicaLagSeconds: restore.maxReplicaLagSeconds,
    logBin: restore.logBin,
    tables: restore.tables.map(({ source, target }) => ({
      source,
      target: target ?? `${source}_restored`,
      mode: 'beside',
      tableId: '0',
      keptAs: null,
      fragments: [],
      log: null,
      rows: 12,
      rawBytes: 100,
      storedBytes: 10,
      willNotComeBack: ['the trigger t'],
      problem: source.endsWith('taken') ? taken : null,
    })),
    nodes: [],
    steps: [{ title: 'Load', detail: '' }],
    checks: restore.tables.some(({ source }) => source.endsWith('shaky'))
      ? [{ id: 'privilege', label: 'Privileges', state: 'bad', detail: 'CREATE is missing', fix: 'Grant CREATE.' }]
      : [],
    estimate: null,
  };
}
