import { systemClock } from '#server/base/clock.ts';
import { hasCode, TidemarkError, toFailure } from '#server/base/error.ts';
import type { PlanTable, RestorePlan } from '#server/contract/restore.ts';
import { formatTableName } from '#server/contract/table-name.ts';
import { type LocatedTable, locateTables } from '#server/engine/topology/locate.ts';
import { readManifest } from '#server/manifest/read.ts';
import type { Manifest } from '#server/manifest/schema.ts';
import { checkNodes } from './check-nodes.ts';
import { checkPoint } from './check-point.ts';
import { checkTables } from './check-tables.ts';
import type { PlanRestoreCommand } from './command.ts';
import { estimate } from './estimate.ts';
import { type PlannedPoint, planPoint } from './plan-point.ts';
import { type RequestOutcome, readRequests, type TableRequest } from './plan-request.ts';
import { type PlanTableContext, planTable } from './plan-table.ts';
import { stepsInWords } from './steps.ts';
import type { TargetWorld } from './world.ts';
import { openWorld } from './world.ts';

/**
 * The exact restore that would run, checked against the target as it is now. Changes nothing: what the computing node
 * would be told is rehearsed in a transaction that is rolled back. A table that cannot be restored carries its problem;
 * the others can still run. Errors: those of pointCut, `restore/nothing-recoverable`, `backup/not-found`, `destination/object-damaged`, and
 * those of the target's nodes.
 */
export async function planRestore(command: PlanRestoreCommand): Promise<RestorePlan> {
  const { restore, storage, now } = command;
  refuseUnloggedSwap(restore);
  const { manifest } = await readManifest(storage, command.backupId);
  const world = await openWorld(command.target, { clock: systemClock });
  try {
    const requests = await readRequests(restore.tables, {
      storage,
      manifest,
      world,
      naming: {
        sourceKind: manifest.cluster.kind,
        targetKind: command.target.kind,
        sameCluster: isSameCluster(command),
        clean: restore.clean,
        targetDatabase: world.database,
        now,
      },
    });
    const remarks = new Map<string, string[]>();
    const point = await pointOf(command, manifest, requests);
    const tables = withLogs(await planTables(requests, command, { manifest, point }, world, remarks), point);
    const base = {
      version: 1 as const,
      madeAt: now.toISOString(),
      clusterName: command.sourceClusterName,
      targetClusterName: command.target.name,
      backup: {
        id: manifest.id,
        destination: command.destinationName,
        at: manifest.cut.at,
        cutProven: manifest.cut.proven,
      },
      point: restore.point,
      log: point?.log ?? null,
      clean: restore.clean,
      keepForMs: restore.keepForMs,
      foreignKeys: restore.foreignKeys,
      triggers: restore.triggers,
      parallel: restore.parallel,
      maxBytesPerSecond: restore.maxBytesPerSecond,
      maxReplicaLagSeconds: restore.maxReplicaLagSeconds,
      logBin: restore.logBin,
    };
    const rawBytes = tables.reduce((sum, table) => sum + (table.problem ? 0 : table.rawBytes), 0);
    return {
      ...base,
      tables,
      nodes: world.nodes.map(({ name, freeBytes }) => ({ name, freeBytes })),
      steps: stepsInWords(tables, base, world.computing !== null),
      checks: [
        ...checkPoint(base.log),
        // The log brings pieces of several instants to one.
        ...checkTables(tables, manifest, remarks, point ? [] : takenApart(requests)),
        ...(await checkNodes(world, tables, restore, numberedAmong(requests), longestAmong(requests), systemClock)),
      ],
      estimate: estimate(rawBytes, command.history),
    };
  } finally {
    await world.close();
  }
}

async function pointOf(
  { restore, storage, logs }: PlanRestoreCommand,
  manifest: Manifest,
  requests: readonly RequestOutcome[],
): Promise<PlannedPoint | null> {
  if (restore.point.kind === 'backup') return null;
  if (logs) return planPoint(logs, { storage, manifest }, requests, restore.point);
  throw new TidemarkError('restore/nothing-recoverable', 'the cluster has no log archive', {
    hint: 'Restore to the own instant of a backup, and start the log archive for what comes.',
  });
}

function withLogs(tables: readonly PlanTable[], point: PlannedPoint | null): PlanTable[] {
  return tables.map((table, index) => {
    const found = point?.tables.get(index);
    if (!found || table.problem) return table;
    if (!(found instanceof TidemarkError)) return { ...table, log: found };
    const { code, message, hint } = toFailure(found);
    return { ...table, problem: { code, message, hint } };
  });
}

/** Tables with a piece that was taken again after the cut, by name. */
function takenApart(requests: readonly RequestOutcome[]): string[] {
  return requests.flatMap((request) => {
    if ('problem' in request || !request.file.fragments.some((fragment) => fragment.ownSnapshot)) return [];
    return [formatTableName(request.source)];
  });
}

/** Tables that give out numbers, by name: loading one over several connections may make them wait. */
function numberedAmong(requests: readonly RequestOutcome[]): Set<string> {
  const numbered = requests.filter(
    (request) => !('problem' in request) && request.file.fragments.some(({ autoIncrement }) => autoIncrement !== null),
  ) as TableRequest[];
  return new Set(numbered.map(({ source }) => formatTableName(source)));
}

/** Bytes of the longest row of each table, by name, where its backup says it of every piece. */
function longestAmong(requests: readonly RequestOutcome[]): Map<string, number> {
  const longest = new Map<string, number>();
  for (const request of requests) {
    if ('problem' in request) continue;
    const sizes = request.file.fragments.map(({ longestRowBytes }) => longestRowBytes ?? Number.NaN);
    const most = Math.max(0, ...sizes);
    if (!Number.isNaN(most)) longest.set(formatTableName(request.source), most);
  }
  return longest;
}

function refuseUnloggedSwap({ clean, logBin }: PlanRestoreCommand['restore']): void {
  if (logBin || !clean) return;
  throw new TidemarkError('input/invalid', 'a restore in place is always written to the binlog', {
    hint: 'Its replicas would keep the old table under the name of the new one. Restore under another name instead.',
  });
}

const isSameCluster = ({ restore, target }: PlanRestoreCommand) =>
  restore.intoClusterId === null || restore.intoClusterId === restore.clusterId || target.id === restore.clusterId;

async function planTables(
  requests: readonly RequestOutcome[],
  command: PlanRestoreCommand,
  { manifest, point }: { manifest: Manifest; point: PlannedPoint | null },
  world: TargetWorld,
  remarks: Map<string, string[]>,
): Promise<PlanTable[]> {
  const context: PlanTableContext = {
    restore: command.restore,
    manifest,
    at: point?.log.at ?? manifest.cut.at,
    world,
    sameCluster: isSameCluster(command),
    now: command.now,
    placed: new Map(),
    made: new Set(),
    locate: (name) => locateLive(world, name),
    remarks,
  };
  const tables: PlanTable[] = [];
  // One after the other: what one table is given counts for the next.
  for (const request of requests) {
    tables.push('problem' in request ? unplanned(request) : await planTable(request, context));
  }
  return tables;
}

/** The whole cluster is located once, however many of its tables are asked for. */
export async function locateLive(world: TargetWorld, name: string): Promise<LocatedTable> {
  const located = await world.remember(['located'], () => locateAll(world));
  const table = located.get(name);
  if (table) return table;
  throw new TidemarkError('table/unsupported', `${name} exists and is no table that can be replaced`, {
    hint: 'Choose another target name.',
  });
}

async function locateAll(world: TargetWorld): Promise<Map<string, LocatedTable>> {
  try {
    const { tables } = await locateTables(world.access, { scope: everything });
    return new Map(tables.map((table) => [formatTableName(table.name), table]));
  } catch (error) {
    if (hasCode(error, 'backup/no-tables')) return new Map();
    throw error;
  }
}

const everything = { all: true, databases: [], schemas: [], tables: [], patterns: [], exclude: [] };

function unplanned({ input, problem }: Extract<RequestOutcome, { problem: TidemarkError }>): PlanTable {
  const { code, message, hint } = toFailure(problem);
  return {
    source: input.source,
    target: input.target ?? input.source,
    mode: 'beside',
    tableId: '',
    keptAs: null,
    fragments: [],
    rows: 0,
    rawBytes: 0,
    storedBytes: 0,
    log: null,
    willNotComeBack: [],
    problem: { code, message, hint },
  };
}
