import { type NodePoint, sideOf, timesAllow } from './locate-point.ts';
import type { ArchivedStream, LogPart, LostPart } from './log-part.ts';

/** Log of one node without a hole in it. */
export interface LogRun {
  readonly stream: ArchivedStream;
  readonly node: string;
  readonly parts: readonly LogPart[];
  /** Why nothing before it follows on to it; null: the archive begins here. */
  readonly broken: string | null;
  /** Why it does not go on; null: what comes next is not archived yet. */
  readonly ends: string | null;
  /** Everything committed by then is in it. Milliseconds since 1970. */
  readonly edgeMs: number;
}

/** The runs of a stream, in the order of the log. */
export function runsOf(stream: ArchivedStream): LogRun[] {
  const { node, archivedUntilMs } = stream;
  const runs: { parts: LogPart[]; broken: string | null; ends: string | null }[] = [];
  let open: (typeof runs)[number] | null = null;
  // Of several breaks in a row, the first tells why what was good does not go on.
  let broken: string | null = null;
  const breakFor = (why: string) => {
    broken ??= why;
    if (open) open.ends = why;
    open = null;
  };
  let before: LogPart | LostPart | null = null;
  for (const part of stream.parts) {
    const problem = breakBetween(before, part, node);
    if (problem !== null) breakFor(problem);
    before = part;
    if ('problem' in part) continue;
    if (part.incident) {
      breakFor(`the server lost events of the log of node ${node}${whereOf(part)}`);
      continue;
    }
    if (open === null) {
      open = { parts: [], broken, ends: null };
      runs.push(open);
      broken = null;
    }
    open.parts.push(part);
  }
  return runs.map((run) => {
    const { committedMs } = run.parts.at(-1)!;
    const live = run.ends === null && archivedUntilMs !== null ? archivedUntilMs : committedMs;
    return { stream, node, ...run, edgeMs: Math.max(committedMs, live) };
  });
}

/**
 * The runs that hold a point, and where in them. Of one stream at most one: where two would do, as after a log that was
 * begun anew under the same names, neither is proven to be it.
 */
export function runsHolding(runs: readonly LogRun[], at: NodePoint): { run: LogRun; index: number }[] {
  const held = runs.flatMap((run) => {
    const index = run.node === at.node ? partHolding(run, at) : null;
    return index === null ? [] : [{ run, index }];
  });
  return held.filter(({ run }) => held.filter((other) => other.run.stream === run.stream).length === 1);
}

/** Where in a run a point lies; null: not in it, or nothing proves that it does. */
function partHolding(run: LogRun, at: NodePoint): number | null {
  const { parts } = run;
  let low = 0;
  let high = parts.length;
  // Sides go from "after" to "before" along a run, unless a part cannot tell: then each is looked at.
  while (low < high) {
    const middle = (low + high) >>> 1;
    const side = sideOf(parts[middle]!, at);
    if (side === 'unknown') return holdingByLook(run, at);
    if (side === 'after') low = middle + 1;
    else high = middle;
  }
  const part = parts[low];
  if (!part) return null;
  // What lies between two parts that follow each other holds no group.
  const side = sideOf(part, at);
  const inside = side === 'inside' || (side === 'before' && low > 0);
  return inside && timesAllow(part, at) ? low : null;
}

function holdingByLook({ parts }: LogRun, at: NodePoint): number | null {
  const found = parts.findIndex((part) => sideOf(part, at) === 'inside' && timesAllow(part, at));
  return found < 0 ? null : found;
}

const whereOf = ({ piece, sequence }: LogPart | LostPart) =>
  piece === null ? `, in segment ${sequence}` : `, in what is not sealed yet`;

/** Why a part does not go on where the one before it ended, or cannot be used; null: it does. */
function breakBetween(before: LogPart | LostPart | null, part: LogPart | LostPart, node: string): string | null {
  const log = `the log of node ${node}`;
  if ('problem' in part) {
    return part.piece === null
      ? `segment ${part.sequence} of ${log} cannot be used: ${part.problem}`
      : `the last of ${log}, which is not sealed yet, cannot be used: ${part.problem}`;
  }
  if (before === null) return part.follows === 'gap' ? (part.gap?.message ?? `${log} has a gap`) : null;
  const missing = missingBetween(before, part, log);
  if (missing !== null) return missing;
  if (part.follows === 'gap') return part.gap?.message ?? `${log} has a gap`;
  if (part.follows === 'nothing') return `${log} was begun anew with segment ${part.sequence}`;
  const chained = part.piece !== null || 'problem' in before || part.previous?.sha256 === before.sha256;
  return chained
    ? null
    : `the chain of ${log} is broken: segment ${part.sequence} was made after another segment ${before.sequence} than the one that is there`;
}

function missingBetween(before: LogPart | LostPart, part: LogPart, log: string): string | null {
  if (part.piece === null || before.sequence !== part.sequence) {
    const first = before.piece === null ? before.sequence + 1 : before.sequence;
    if (part.sequence > first) {
      const last = part.sequence - 1;
      const which = first === last ? `segment ${first}` : `segments ${first} to ${last}`;
      return `${which} of ${log} ${first === last ? 'is' : 'are'} missing on the destination`;
    }
  }
  const next = before.sequence === part.sequence && before.piece !== null ? before.piece + 1 : 0;
  return part.piece !== null && part.piece !== next
    ? `a piece of the tail of ${log} is missing on the destination`
    : null;
}
