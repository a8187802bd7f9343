import { TidemarkError } from '#server/base/error.ts';
import { type FoundGroup, findCommits, findGtid } from './find-transaction.ts';
import type { CutOptions, CutPoint, NodeLog } from './log-cut.ts';
import { behind, type LogSpot } from './log-spot.ts';
import { spotOf } from './node-scan.ts';

/** Where the nodes stop, as a point says it. */
export interface CutStop {
  readonly atMs: number;
  /** The node that stops at a place of its log, whatever the times. */
  readonly exact: { readonly node: string; readonly border: LogSpot } | null;
  /** Borders that may not lie later. */
  readonly caps: ReadonlyMap<string, LogSpot>;
  /** A global transaction that is not in. */
  readonly out: string | null;
}

/**
 * What a point means for the logs. Several: of the nodes that committed a global transaction one was first; they are in
 * the order of their times, which need not be that of their commits. Errors: `not-found`, `input/invalid` for
 * transactions that no log has, or that were never committed; those of scanGroups.
 */
export async function cutStops(
  logs: readonly NodeLog[],
  point: CutPoint,
  options: Pick<CutOptions, 'sinceMs' | 'signal'>,
): Promise<CutStop[]> {
  if (point.kind === 'instant') return [atInstant(point.atMs)];
  if (point.kind === 'latest') return [latest(logs, options)];
  if ('gtrid' in point) return ofGlobal(logs, point.kind, point.gtrid, options);
  const found = await findGtid(logs, point, options);
  const { effect, xid } = found.group;
  // What it decided was prepared before; and who prepares is in only when it is decided.
  if (effect === 'xa commit' && point.kind === 'before') return ofGlobal(logs, 'before', xid!.gtrid, options);
  if (effect === 'prepare' && point.kind === 'after') return ofGlobal(logs, 'after', xid!.gtrid, options);
  if (effect !== 'prepare') return [atGroup(found, point.kind)];
  return [withoutIt(found, xid!.gtrid, await findCommits(logs, xid!.gtrid, options))];
}

const atInstant = (atMs: number): CutStop => ({ atMs, exact: null, caps: new Map(), out: null });

function latest(logs: readonly NodeLog[], { sinceMs }: Pick<CutOptions, 'sinceMs'>): CutStop {
  const read = logs.filter(({ bases }) => bases.length > 0);
  const known = read.flatMap(({ untilMs }) => untilMs ?? []);
  const atMs = known.length > 0 ? Math.min(...known) : sinceMs;
  const [only] = read;
  // What a node has beyond the time up to which it is archived may be a half of something, unless there is no other node.
  if (logs.length !== 1 || !only) return atInstant(atMs);
  const received = only.log.at(-1)?.index.summary.received?.last;
  const border = { sequence: Number.MAX_SAFE_INTEGER, file: '', position: 0 };
  return atPlace(received === undefined ? atMs : Math.max(atMs, Date.parse(received)), only.node, border);
}

function atGroup({ node, group }: FoundGroup, side: 'before' | 'after'): CutStop {
  return atPlace(group.atMs, node, side === 'before' ? spotOf(group) : behind(group));
}

const atPlace = (atMs: number, node: string, border: LogSpot): CutStop => ({
  ...{ atMs, exact: { node, border }, caps: new Map([[node, border]]), out: null },
});

/** Before a group of a global transaction. Where that is not in, nothing is that may have seen it. */
function withoutIt(found: FoundGroup, gtrid: string, commits: readonly FoundGroup[]): CutStop {
  // Of several on one node the first counts, and the node that is exact keeps its own.
  const caps = commits.map(({ node, group }) => [node, spotOf(group)] as const).toReversed();
  const stop = atGroup(found, 'before');
  return { ...stop, out: gtrid, caps: new Map([...caps, ...stop.caps]) };
}

async function ofGlobal(
  logs: readonly NodeLog[],
  side: 'before' | 'after',
  gtrid: string,
  options: { signal?: AbortSignal },
): Promise<CutStop[]> {
  const commits = await findCommits(logs, gtrid, options);
  if (commits.length === 0) {
    const name = `xa:${Buffer.from(gtrid, 'hex')}`;
    throw new TidemarkError('input/invalid', `transaction ${name} was not committed in the log that is archived`, {
      hint: 'Choose a transaction that was committed, or an instant.',
    });
  }
  if (side === 'before') {
    // Whichever of its commits is named: it was before the first of them that it was not there.
    return commits.map((commit) => withoutIt(commit, gtrid, commits));
  }
  return commits.map((commit) => atGroup(commit, 'after'));
}
