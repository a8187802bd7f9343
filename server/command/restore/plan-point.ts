import { asTidemarkError, hasCode, TidemarkError } from '#server/base/error.ts';
import type { PlanLog, PlanTable } from '#server/contract/restore.ts';
import type { RestorePoint } from '#server/contract/restore-point.ts';
import { formatTableName } from '#server/contract/table-name.ts';
import type { TableAt } from '#server/engine/mysql/foreign-keys.ts';
import { touchesTable } from '#server/engine/mysql/log-archive/touches-table.ts';
import { compareSpots, type LogSpot } from '#server/engine/mysql/log-cut/log-spot.ts';
import type { LogObject } from '#server/engine/mysql/table-log/log-object.ts';
import { pieceOf } from '#server/manifest/log-keys.ts';
import type { LogStatement, LogTable } from '#server/manifest/log-schema.ts';
import type { FragmentFile, Manifest } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import { lastBefore } from '../coverage/log-part.ts';
import { type ForeignClosure, findFragment, foreignClosure } from './foreign-closure.ts';
import type { LogSource } from './node-logs.ts';
import type { RequestOutcome, TableRequest } from './plan-request.ts';
import { type PointCut, planLogOf, pointCut } from './point-cut.ts';
import { crossedInWords, type HistoryQuestion, type PointHistory, pointHistory } from './point-history.ts';
import { againWhenSealed } from './when-sealed.ts';

/** What a restore to a point adds to a plan. */
export interface PlannedPoint {
  readonly log: PlanLog;
  /** What of the log each table needs, by its place among the requests; or why it cannot be brought to the point. */
  readonly tables: ReadonlyMap<number, NonNullable<PlanTable['log']> | TidemarkError>;
}

/**
 * Decides how far the restore goes, and what of the log each table needs. Errors: those of pointCut; what is wrong with
 * one table is told of that table alone.
 */
export function planPoint(
  source: LogSource,
  from: { storage: Storage; manifest: Manifest },
  requests: readonly RequestOutcome[],
  point: Exclude<RestorePoint, { kind: 'backup' }>,
): Promise<PlannedPoint> {
  return againWhenSealed((isLast) => planOnce(source, from, requests, point, isLast));
}

async function planOnce(
  source: LogSource,
  { storage, manifest }: { storage: Storage; manifest: Manifest },
  requests: readonly RequestOutcome[],
  point: Exclude<RestorePoint, { kind: 'backup' }>,
  isLast: boolean,
): Promise<PlannedPoint> {
  const good = [...requests.entries()].filter((entry): entry is [number, TableRequest] => !('problem' in entry[1]));
  const fragments = good.flatMap(([, { file }]) => file.fragments);
  const found = await pointCut(source, manifest, fragments, point);
  const tables = new Map<number, NonNullable<PlanTable['log']> | TidemarkError>();
  const closureOf = (one: FragmentFile) => foreignClosure(storage, manifest, one);
  const historyOf =
    ({ file }: TableRequest): HistoryOf =>
    (cut, fragment, closed) => {
      const fragmentOf: HistoryQuestion['fragmentOf'] = (at) => findFragment(storage, manifest, at);
      return pointHistory(cut, { fragment, closed, computing: file.computing !== null, fragmentOf });
    };
  for (const [index, request] of good) {
    try {
      tables.set(index, await tableLog(found, request, closureOf, historyOf(request)));
    } catch (error) {
      if (!isLast && hasCode(error, 'destination/object-missing')) throw error;
      tables.set(index, asTidemarkError(error));
    }
  }
  return { log: planLogOf(found, point), tables };
}

type HistoryOf = (
  found: PointCut,
  fragment: FragmentFile,
  closed: readonly FragmentFile[],
) => Promise<PointHistory | null>;

async function tableLog(
  found: PointCut,
  { source, file }: TableRequest,
  closureOf: (fragment: FragmentFile) => Promise<ForeignClosure>,
  historyOf: HistoryOf,
): Promise<NonNullable<PlanTable['log']>> {
  const sum = { frames: 0, bytes: 0, changes: 0, crossed: [] as string[] };
  // Fragments of a node share its segments.
  const segments = new Set<string>();
  for (const fragment of file.fragments) {
    refuseUnmergeable(fragment);
    const base = found.logs.spotOf(fragment);
    const log = found.logs.logs.find(({ node }) => node === fragment.node);
    const cut = found.cut.nodes.get(fragment.node);
    if (!base || !log || !cut?.begin) {
      throw new TidemarkError(
        'restore/in-gap',
        `${formatTableName(source)} cannot be brought to this point: ${log?.ends ?? `the log of node ${fragment.node} is not archived`}`,
        { hint: 'Choose a point that tidemark range names.' },
      );
    }
    refuseMissing(found, fragment);
    const { fragments } = await closureOf(fragment);
    for (const one of fragments) if (one !== fragment) refuseStatements(log.log, { base, end: cut.end }, one);
    const history = await historyOf(found, fragment, fragments);
    if (history) sum.crossed.push(...crossedInWords(history, fragment.node));
    const names = history ? history.history.spans.filter(({ rows }) => rows).map(({ name }) => name) : fragments;
    for (const { key, index } of log.log) {
      const { sequence } = index.summary;
      if (sequence < cut.begin.sequence || sequence > cut.end.sequence) continue;
      const read = index.tables.filter((logged) => names.some((one) => isOf(logged, one)));
      if (read.length === 0) continue;
      const own = history ? read : read.filter((logged) => isOf(logged, fragment));
      const frames = read.flatMap((logged) => logged.frames);
      segments.add(pieceOf(key) === null ? key : `tail of ${fragment.node}`);
      sum.frames += frames.length;
      sum.bytes += [...frames, ...index.header].reduce((bytes, [, length]) => bytes + length, 0);
      for (const { counts } of own) sum.changes += counts.inserts + counts.updates + counts.deletes;
    }
  }
  return { ...sum, segments: segments.size };
}

const isOf = (logged: LogTable, { database, table }: TableAt) => logged.database === database && logged.table === table;

/** A table whose rows of the past are told apart by transactions has numbers in it that only its own server knows. */
function refuseUnmergeable({ columns, database, table }: FragmentFile): void {
  if (!columns.some(({ declared }) => /^bigint.*ROW START$/i.test(declared))) return;
  throw new TidemarkError(
    'table/unsupported',
    `${database}.${table} is versioned by transaction: what its rows of the past refer to lies on their server alone`,
    { hint: 'Restore to the end of a backup instead.' },
  );
}

function refuseMissing({ cut }: PointCut, { node, database, table }: FragmentFile): void {
  const missing = cut.missing.find((one) => one.node === node);
  if (!missing) return;
  throw new TidemarkError(
    'restore/in-gap',
    `rows of ${database}.${table} may belong to transaction ${missing.xid}: ${missing.reason}`,
    { hint: 'Choose a point before it, or one after a later backup.', context: { node, xid: missing.xid } },
  );
}

/** Errors: `restore/in-gap` where a statement between the two places may have changed the table or its definition. */
function refuseStatements(
  log: readonly LogObject[],
  { base, end }: { base: LogSpot; end: LogSpot },
  fragment: FragmentFile,
): void {
  for (const { index } of log) {
    const { sequence, clockSkewMs } = index.summary;
    for (const statement of index.statements) {
      const spot = { sequence, file: statement.file, position: Number(statement.position) };
      if (compareSpots(spot, base) < 0 || compareSpots(spot, end) >= 0) continue;
      if (touchesTable(statement, fragment)) throw stoppedBy(statement, fragment, clockSkewMs);
    }
    const { definition, change } = index.statementsLeftOut;
    if (definition + change === 0 || sequence < base.sequence || sequence > end.sequence) continue;
    throw new TidemarkError(
      'restore/in-gap',
      `the log of node ${fragment.node} holds more statements than its index lists: which of them changed ${fragment.database}.${fragment.table} is not known`,
      { hint: 'Choose a point that tidemark range names.' },
    );
  }
}

function stoppedBy(statement: LogStatement, { node, database, table }: FragmentFile, skewMs: number): TidemarkError {
  const at = new Date(statement.at * 1000).toISOString();
  const before = new Date(lastBefore(statement.at, skewMs)).toISOString();
  const what = statement.sql.trim().split(/\s+/).slice(0, 2).join(' ').toUpperCase();
  const did =
    statement.kind === 'definition'
      ? `${what || 'a statement'} changed the definition of ${database}.${table} on node ${node} at ${at}`
      : `a change at ${at} on node ${node}, which may be one of ${database}.${table}, was logged as its text: which rows it changed is not known`;
  return new TidemarkError('restore/in-gap', `the point lies behind what cannot be crossed: ${did}`, {
    hint: `The last instant before it is ${before}${statement.gtid ? `, or choose --before-tx ${node}:${statement.gtid}` : ''}.`,
    context: { before, node, transaction: statement.gtid },
  });
}
