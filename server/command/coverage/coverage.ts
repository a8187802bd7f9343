import type { TableCoverage } from '#server/contract/coverage.ts';
import type { LogStatement } from '#server/manifest/log-schema.ts';
import type { ChangedWith } from './changed-with.ts';
import { crossedSpans, type PlacedStatement } from './crossed-spans.ts';
import { comparePoints, type NodePoint, sideOf } from './locate-point.ts';
import { type ArchivedStream, type LogPart, lastBefore } from './log-part.ts';
import { type LogRun, runsHolding, runsOf } from './log-runs.ts';
import { TouchingStatements } from './touching-statements.ts';

/** A backup of the table. Times are milliseconds since 1970. */
export interface TableBackup {
  readonly id: string;
  readonly cutMs: number;
  readonly finishedMs: number;
  /** Where every node stood at the cut. */
  readonly nodes: readonly NodePoint[];
  /** Where each fragment's rows stand: at the cut, or, taken again, at a time of their own before the backup's end. */
  readonly fragments: readonly (NodePoint & {
    database: string;
    table: string;
    ownSnapshot: boolean;
    changedWith: ChangedWith;
  })[];
}

export interface CoverageFacts {
  readonly backups: readonly TableBackup[];
  readonly streams: readonly ArchivedStream[];
  /** A gap that nothing ends reaches to here. */
  readonly nowMs: number;
}

/** How far one can go from a backup, and what is in the way. `moving`: only that the log is still being archived. */
interface Reach {
  readonly untilMs: number;
  readonly reason: string;
  readonly moving: boolean;
}

/** Of a backup's rows it is only a part of the time where something on the way takes the table's name and gives it back. */
interface BackupSpan extends Reach {
  readonly fromMs: number;
}

/**
 * The instants that a table can be brought back to: from each backup on as far as the logs of all nodes that its fragments
 * were on go without a hole and without anything that a restore cannot cross. An instant stands for what was committed by
 * then: it is covered once all of that is archived on each of these nodes. What is known of that is
 * the time of the last archived commit, the cut of any backup whose position is archived, and what whoever archives says.
 */
export function tableCoverage(facts: CoverageFacts, runs = provenRuns(facts)): TableCoverage {
  const { backups, nowMs } = facts;
  const touching = new TouchingStatements();
  const spans: BackupSpan[] = [];
  let unusable: BackupSpan | null = null;
  for (const backup of backups) {
    const [reach, ...later] = reachesOf(backup, runs, touching) as [BackupSpan, ...BackupSpan[]];
    // Rows that were read again may be later than the cut, but not than the end of the backup.
    const fromMs = backup.fragments.some(({ ownSnapshot }) => ownSnapshot) ? backup.finishedMs : backup.cutMs;
    if (reach.untilMs >= fromMs || fromMs === backup.cutMs) {
      spans.push({ ...reach, fromMs, untilMs: Math.max(fromMs, reach.untilMs) });
    } else if (unusable === null || fromMs < unusable.fromMs) {
      const reason = `the backup of ${instant(backup.cutMs)} holds rows of several instants, and ${reach.reason}`;
      unusable = { fromMs, untilMs: fromMs, reason, moving: false };
    }
    spans.push(...later.filter((span) => span.fromMs >= fromMs));
  }
  return described(spans, unusable, nowMs);
}

function described(spans: readonly BackupSpan[], unusable: BackupSpan | null, nowMs: number): TableCoverage {
  const joined: BackupSpan[] = [];
  for (const span of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = joined.at(-1);
    if (!last || span.fromMs > last.untilMs + 1) joined.push(span);
    else if (span.untilMs >= last.untilMs) joined[joined.length - 1] = { ...span, fromMs: last.fromMs };
  }
  const gaps: TableCoverage['gaps'] = [];
  const gap = (fromMs: number, toMs: number, reason: string) => {
    if (toMs > fromMs) gaps.push({ from: instant(fromMs), to: instant(toMs), reason });
  };
  const first = joined[0];
  if (unusable && (!first || unusable.fromMs < first.fromMs))
    gap(unusable.fromMs, first?.fromMs ?? nowMs, unusable.reason);
  for (const [index, { untilMs, reason, moving }] of joined.entries()) {
    const next = joined[index + 1];
    if (next) gap(untilMs, next.fromMs, reason);
    else if (!moving) gap(untilMs, nowMs, reason);
  }
  return {
    ranges: joined.map(({ fromMs, untilMs }) => ({ from: instant(fromMs), to: instant(untilMs) })),
    gaps,
    safeUntil: joined.length === 0 ? null : instant(joined.at(-1)!.untilMs),
  };
}

const instant = (ms: number) => new Date(ms).toISOString();

/**
 * The log of every node, in runs without a hole. A run in which a node stood at a cut holds all that was committed there
 * by then.
 */
export function provenRuns({ streams, backups }: CoverageFacts): LogRun[] {
  const runs = streams.flatMap(runsOf);
  const edges = new Map(runs.map((run) => [run, run.edgeMs]));
  for (const at of backups.flatMap(({ nodes }) => nodes)) {
    for (const { run } of runsHolding(runs, at)) edges.set(run, Math.max(edges.get(run)!, at.atMs));
  }
  return runs.map((run) => ({ ...run, edgeMs: edges.get(run)! }));
}

/** As far as all its fragments go: from the backup on, and then whenever all of them can be had again. */
function reachesOf({ fragments }: TableBackup, runs: readonly LogRun[], touching: TouchingStatements): BackupSpan[] {
  let [joined, ...others] = fragments.map((fragment) => fragmentReaches(fragment, runs, touching));
  for (const other of others) {
    const [first, ...later] = joined!.flatMap((one) => other.map((two) => bothOf(one, two)));
    joined = [first!, ...later.filter(({ fromMs, untilMs }) => untilMs >= fromMs)];
  }
  return joined ?? [{ fromMs: always, untilMs: always, reason: 'the backup holds no piece of it', moving: false }];
}

function bothOf(one: BackupSpan, two: BackupSpan): BackupSpan {
  const fromMs = Math.max(one.fromMs, two.fromMs);
  if (one.untilMs !== two.untilMs) return { ...(one.untilMs < two.untilMs ? one : two), fromMs };
  // What time alone will mend is not what somebody must know of.
  if (one.moving !== two.moving) return { ...(one.moving ? two : one), fromMs };
  const reason = [...new Set([...one.reason.split('; '), ...two.reason.split('; ')])].join('; ');
  return { ...one, fromMs, reason };
}

type Fragment = TableBackup['fragments'][number];

const always = Number.NEGATIVE_INFINITY;

function fragmentReaches(fragment: Fragment, runs: readonly LogRun[], touching: TouchingStatements): BackupSpan[] {
  const { standsAlone } = fragment.changedWith;
  if (standsAlone !== null) return [{ fromMs: always, untilMs: always, reason: standsAlone, moving: false }];
  const reaches = runsHolding(runs, fragment).map(({ run, index }) => reachesIn(run, index, fragment, touching));
  const until = (reach: readonly BackupSpan[]) => reach.at(-1)!.untilMs;
  // Two streams are two copies of one log.
  if (reaches.length > 0) return reaches.reduce((best, reach) => (until(reach) > until(best) ? reach : best));
  const ofNode = runs.filter(({ node }) => node === fragment.node);
  return [{ fromMs: always, untilMs: always, ...whyNotHeld(fragment, ofNode) }];
}

/** Along a run from a point in it to its end, or to the first thing that cannot be crossed; then whenever it can be again. */
function reachesIn(run: LogRun, from: number, fragment: Fragment, touching: TouchingStatements): BackupSpan[] {
  const { changedWith, node, database, table } = fragment;
  const until = instant(run.edgeMs);
  const reason = run.ends ?? `the log of node ${run.node} is archived up to ${until}, and not yet beyond`;
  const edge = { fromMs: always, untilMs: run.edgeMs, reason, moving: run.ends === null };
  const before = (stop: Stop) => ({ untilMs: Math.min(stop.atMs, run.edgeMs), reason: stop.reason, moving: false });
  for (const [index, part] of run.parts.entries()) {
    if (index < from) continue;
    const stop = firstStop(part, fragment, index === from, touching);
    if (!stop) continue;
    if (changedWith.crossable === 'none') return [{ ...edge, ...before(stop) }];
    const { placed, unlisted } = statementsIn(run, from, fragment);
    return crossedSpans(placed, { node, database, table }, changedWith.crossable).map(({ fromMs, end }) => {
      const stopped = end ?? unlisted;
      return { ...edge, fromMs, ...(stopped && before(stopped)) };
    });
  }
  return [edge];
}

interface Stop {
  readonly atMs: number;
  readonly reason: string;
}

/** The statements behind a point of a run, up to a part whose index does not list all of them. */
function statementsIn(run: LogRun, from: number, fragment: Fragment) {
  const placed: PlacedStatement[] = [];
  for (const [index, part] of run.parts.entries()) {
    if (index < from) continue;
    const isBehind = index === from ? isBehindPoint(part, fragment) : () => true;
    placed.push(...part.statements.filter(isBehind).map((statement) => ({ statement, part })));
    const unlisted = unlistedIn(part, fragment);
    if (unlisted) return { placed, unlisted };
  }
  return { placed, unlisted: null };
}

function firstStop(part: LogPart, fragment: Fragment, holdsPoint: boolean, touching: TouchingStatements): Stop | null {
  const isBehind = holdsPoint ? isBehindPoint(part, fragment) : () => true;
  for (const { statement, table } of touching.of(part, fragment.changedWith.tables)) {
    if (!isBehind(statement)) continue;
    const { node } = fragment;
    return { atMs: lastBefore(statement.at, part.clockSkewMs), reason: reasonOf(statement, { node, ...table }) };
  }
  return unlistedIn(part, fragment);
}

/** Of the part that holds the point. */
function isBehindPoint(part: LogPart, fragment: Fragment): (statement: LogStatement) => boolean {
  const { point, server } = fragment;
  const byPlace = server !== null && sideOf(part, fragment) === 'inside' && part.server.id === server.id;
  if (!byPlace) return () => true;
  return ({ file, position }) => (comparePoints({ file, offset: BigInt(position) }, point) ?? 0) >= 0;
}

function unlistedIn(part: LogPart, { node }: Fragment): Stop | null {
  if (!part.statementsLeftOut) return null;
  const atMs = (part.statements.at(-1)?.at ?? 0) * 1000 || (part.firstMs ?? 0);
  const reason = `the log of node ${node} has more statements from ${instant(atMs)} on than its index lists`;
  return { atMs: lastBefore(atMs / 1000, part.clockSkewMs), reason };
}

function reasonOf(
  statement: LogStatement,
  { node, database, table }: Pick<Fragment, 'node' | 'database' | 'table'>,
): string {
  const at = instant(statement.at * 1000);
  if (statement.kind === 'definition') {
    const what = statement.sql.trim().split(/\s+/).slice(0, 2).join(' ').toUpperCase() || 'a statement';
    return `${what} changed the definition of ${database}.${table} on node ${node} at ${at}`;
  }
  return `a change at ${at} on node ${node}, which may be one of ${database}.${table}, was logged as its text: which rows it changed is not known`;
}

function whyNotHeld(fragment: Fragment, runs: readonly LogRun[]): Pick<Reach, 'reason' | 'moving'> {
  const { node, atMs } = fragment;
  if (runs.length === 0) return { reason: `the log of node ${node} is not archived`, moving: false };
  const next = runs.find((run) => {
    const side = sideOf(run.parts[0]!, fragment);
    return side === 'before' || (side !== 'after' && (run.parts[0]!.firstMs ?? run.edgeMs) > atMs);
  });
  if (next) {
    const begins = next.parts.find(({ firstMs }) => firstMs !== null)?.firstMs ?? next.edgeMs;
    const reason =
      next.broken ??
      `the log of node ${node} is archived only from ${instant(begins)} on, which is after the backup's position`;
    return { reason, moving: false };
  }
  const last = runs.at(-1)!;
  if (sideOf(last.parts.at(-1)!, fragment) !== 'after') {
    return {
      reason: `nothing proves where the backup's position lies in the archived log of node ${node}`,
      moving: false,
    };
  }
  if (last.ends !== null) return { reason: last.ends, moving: false };
  return {
    reason: `the log of node ${node} is archived up to ${instant(last.edgeMs)}, which is before the backup's position`,
    moving: true,
  };
}
