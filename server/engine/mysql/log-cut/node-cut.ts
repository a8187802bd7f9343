import type { ReadNode } from './cut-reading.ts';
import type { NodeCut } from './log-cut.ts';
import { compareSpots, type LogSpot } from './log-spot.ts';
import { keyOf, spotOf } from './node-scan.ts';

/** What was decided of a node, for whoever reads its rows. */
export function nodeCut({ log, scan, straddlers, late, oldest }: ReadNode): NodeCut {
  const { node, bases } = log;
  const [first] = bases;
  const { border } = scan;
  const begin = first && oldest && compareSpots(oldest, first) < 0 ? spotOf(oldest) : (first ?? null);
  const includes = (group: LogSpot, base: LogSpot | undefined = first): boolean => {
    const known = base && bases.find((one) => compareSpots(one, base) === 0);
    if (!known) throw new Error(`the rows of node ${node} do not stand at this place`);
    if (compareSpots(group, known) < 0) return straddlers.get(known)!.has(keyOf(group));
    return compareSpots(group, border) < 0 && !scan.void.has(keyOf(group));
  };
  const before = scan.aroundBorder().before.filter((group) => !first || compareSpots(group, first) >= 0);
  const last = before.findLast(({ effect }) => effect !== 'prepare') ?? before.at(-1);
  const stopsAt = last ? { gtid: last.gtid, atMs: last.atMs, isPrepared: last.effect === 'prepare' } : null;
  return { node, begin, end: spotOf(border), stopsAt, includes, late };
}
