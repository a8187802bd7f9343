import { TidemarkError } from '#server/base/error.ts';
import type { PlanLog, RestorePlan } from '#server/contract/restore.ts';
import { parseTransaction, type RestorePoint } from '#server/contract/restore-point.ts';
import { decideCut } from '#server/engine/mysql/log-cut/decide-cut.ts';
import type { CutPoint, LogCut } from '#server/engine/mysql/log-cut/log-cut.ts';
import type { Manifest } from '#server/manifest/schema.ts';
import { logPoint } from '../coverage/log-part.ts';
import { type FragmentPlace, type LogSource, type NodeLogs, readNodeLogs } from './node-logs.ts';
import { againWhenSealed } from './when-sealed.ts';

/** How far a restore to a point goes, and the logs it reads up to there. */
export interface PointCut {
  readonly cut: LogCut;
  readonly logs: NodeLogs;
}

/**
 * Decides what of the log is in at a point. `fragments`: those whose rows are wanted. Errors: `restore/not-archived-yet`
 * where a log is not there up to the point; `restore/before-earliest` for a point before the backup; `not-found`, `input/invalid` for its transaction; those of reading.
 */
export async function pointCut(
  source: LogSource,
  manifest: Manifest,
  fragments: readonly FragmentPlace[],
  point: Exclude<RestorePoint, { kind: 'backup' }>,
  options: { signal?: AbortSignal } = {},
): Promise<PointCut> {
  const sinceMs = Date.parse(manifest.cut.at);
  const found = await againWhenSealed(async () => {
    const logs = await readNodeLogs(source, manifest, fragments);
    return { logs, cut: await decideCut(logs.logs, cutPointOf(point), { ...options, sinceMs }) };
  });
  refuseEarlier(manifest, fragments, point, found);
  return found;
}

/** What a backup holds already, no log takes out of it again. */
function refuseEarlier(
  manifest: Manifest,
  fragments: readonly FragmentPlace[],
  point: Exclude<RestorePoint, { kind: 'backup' }>,
  found: PointCut,
): void {
  const from = fragments.some(({ ownSnapshot }) => ownSnapshot) ? manifest.finishedAt : manifest.cut.at;
  const isEarlier =
    point.kind === 'instant'
      ? Date.parse(point.at) < Date.parse(from)
      : point.kind !== 'latest' && isInBackup(fragments, point.transaction, found);
  if (!isEarlier) return;
  throw new TidemarkError('restore/before-earliest', `the point lies before the backup of ${from}`, {
    hint: 'Choose an earlier backup, or a later point.',
    context: { from },
  });
}

/** A transaction is where GTIDs say it is; where they do not, it is when nothing behind the backup is in. */
function isInBackup(fragments: readonly FragmentPlace[], transaction: string, { cut, logs }: PointCut): boolean {
  const named = parseTransaction(transaction)!;
  const nodes = logs.logs.filter(({ bases }) => bases.length > 0).map(({ node }) => node);
  const node = named.kind === 'gtid' ? (named.node ?? (nodes.length === 1 ? nodes[0] : null)) : null;
  if (named.kind === 'xa' || node == null) return nodes.every((one) => cut.nodes.get(one)?.stopsAt == null);
  const [domain, , sequence] = named.gtid.split('-');
  return fragments.some(({ node: of, position }) => {
    const last = logPoint(position, position.gtid.split(',')).gtids.get(Number(domain));
    return of === node && last !== undefined && last >= BigInt(sequence!);
  });
}

function cutPointOf(point: Exclude<RestorePoint, { kind: 'backup' }>): CutPoint {
  if (point.kind === 'latest') return point;
  if (point.kind === 'instant') return { kind: 'instant', atMs: Date.parse(point.at) };
  const named = parseTransaction(point.transaction)!;
  return named.kind === 'xa'
    ? { kind: point.kind, gtrid: named.gtrid }
    : { kind: point.kind, node: named.node, gtid: named.gtid };
}

/** What a plan says of a cut. */
export function planLogOf({ cut, logs }: PointCut, point: RestorePoint): PlanLog {
  const nodes = logs.logs.flatMap(({ node, bases }) => {
    const found = bases.length > 0 ? cut.nodes.get(node) : undefined;
    if (!found) return [];
    const { stopsAt, late } = found;
    const last = stopsAt && { transaction: `${node}:${stopsAt.gtid}`, at: isoOf(stopsAt.atMs) };
    return [{ node, last, late: late.length }];
  });
  return {
    stop: stopOf(point, { cut, logs }, nodes),
    at: isoOf(cut.atMs),
    resolutionMs: cut.resolution.ms,
    resolution: cut.resolution.why,
    nodes,
    inDoubt: cut.inDoubt.map(({ xid, node, reason }) => ({ transaction: xid, node, reason })),
  };
}

const isoOf = (ms: number) => new Date(ms).toISOString();

/** What the archive gets after the plan was made is not in it: the latest becomes the instant, or transaction, it was. */
function stopOf(point: RestorePoint, { cut, logs }: PointCut, nodes: PlanLog['nodes']): PlanLog['stop'] {
  if (point.kind !== 'latest') return point;
  if (nodes.every(({ last, late }) => last === null && late === 0)) return null;
  const [only] = nodes;
  if (logs.logs.length !== 1 || !only) return { kind: 'instant', at: isoOf(cut.atMs) };
  // What is only prepared is not in: no other node can have committed it.
  return cut.nodes.get(only.node)!.stopsAt!.isPrepared ? null : { kind: 'after', transaction: only.last!.transaction };
}

/**
 * Decides once more what the plan decided. Errors: `restore/plan-stale` when it comes out as something else; those of
 * pointCut.
 */
export async function plannedCut(
  source: LogSource,
  manifest: Manifest,
  fragments: readonly FragmentPlace[],
  { log }: Pick<RestorePlan, 'log'>,
  options: { signal?: AbortSignal } = {},
): Promise<PointCut | null> {
  if (!log?.stop || log.stop.kind === 'backup') return null;
  const found = await pointCut(source, manifest, fragments, log.stop, options);
  const now = planLogOf(found, log.stop);
  const shown = ({ nodes, inDoubt }: PlanLog) => JSON.stringify([nodes, inDoubt]);
  if (shown(now) === shown(log)) return found;
  throw new TidemarkError(
    'restore/plan-stale',
    'the logs say something else of the point than when the plan was made',
    {
      context: { planned: log.nodes, found: now.nodes },
    },
  );
}
