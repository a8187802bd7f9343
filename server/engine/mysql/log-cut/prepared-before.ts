import type { LogObject } from '../table-log/log-object.ts';
import { compareSpots, type LogSpot } from './log-spot.ts';
import { type ScannedGroup, scanGroups } from './scan-groups.ts';

/**
 * Where transactions were prepared that are still undecided at a place of a log: read backwards, segment by segment, until
 * all are found. What is not found was prepared before the log begins. Errors: those of scanGroups.
 */
export async function preparedBefore(
  log: readonly LogObject[],
  base: LogSpot,
  xids: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<Map<string, ScannedGroup>> {
  const found = new Map<string, ScannedGroup>();
  const wanted = new Set(xids);
  for (const [at, object] of [...log.entries()].toReversed()) {
    if (wanted.size === 0) break;
    if (object.index.summary.sequence > base.sequence) continue;
    const here = new Map<string, ScannedGroup>();
    for await (const groups of scanGroups([object], options)) {
      for (const group of groups) {
        // A name may have been used before: the last one counts.
        if (group.effect === 'prepare' && wanted.has(group.xid!.xid) && compareSpots(group, base) < 0) {
          here.set(group.xid!.xid, group);
        }
      }
    }
    for (const [xid, group] of here) {
      found.set(xid, { ...group, sequence: firstSequence(log, at, group) });
      wanted.delete(xid);
    }
  }
  return found;
}

/** Of the segment that a group begins in: rows of one that was cut within itself lie in earlier segments too. */
function firstSequence(log: readonly LogObject[], at: number, group: LogSpot): number {
  const { sequence, follows, begin } = log[at]!.index.summary;
  const start = { sequence: group.sequence, file: begin.file, position: Number(begin.position) };
  if (at === 0 || follows !== 'bytes' || compareSpots(group, start) >= 0) return sequence;
  return firstSequence(log, at - 1, group);
}
