import { TidemarkError } from '#server/base/error.ts';
import { compareSpots, type LogSpot } from '#server/engine/mysql/log-cut/log-spot.ts';
import type { HistoryStatement, TableHistory } from '#server/engine/mysql/table-history/history.ts';
import { readStatements } from '#server/engine/mysql/table-history/read-statements.ts';
import { tokenizeSql } from '#server/engine/mysql/table-history/sql-tokens.ts';
import { tableHistory } from '#server/engine/mysql/table-history/table-history.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import { lastBefore } from '../coverage/log-part.ts';
import type { PointCut } from './point-cut.ts';

/** What became of a fragment's table up to the point, where more than its rows changed. */
export interface PointHistory {
  readonly history: Extract<TableHistory, { there: true }>;
  /** What the history begins with; null: with nothing. */
  readonly base: FragmentFile | null;
  /** Where the group of a statement begins. */
  readonly spotOf: (statement: HistoryStatement) => LogSpot;
}

export interface HistoryQuestion {
  readonly fragment: FragmentFile;
  /** The fragment, and every other whose changes reach its rows by foreign keys. */
  readonly closed: readonly FragmentFile[];
  /** A computing node has a definition of the table as well, and no log. */
  readonly computing: boolean;
  /** What the backup holds of a table by the name its node had for it. */
  readonly fragmentOf: (at: { node: string; database: string; table: string }) => Promise<FragmentFile | null>;
}

/**
 * Follows a fragment's table through the statements between the backup and the point. null: there is none of it, and
 * the table is what it was but for its rows. Errors: `restore/in-gap` for what cannot be crossed, and where nothing has
 * the name at the point, each with the last instant before it; those of reading.
 */
export async function pointHistory(found: PointCut, question: HistoryQuestion): Promise<PointHistory | null> {
  const { fragment, closed, computing, fragmentOf } = question;
  const { statements, spots } = await readIncluded(found, fragment);
  const { node, database, table } = fragment;
  const isOwn = (at: { database: string; table: string }) => at.database === database && at.table === table;
  const history = tableHistory(statements, { database, table }, { existed: (at) => isOwn(at) || undefined });
  if (!history.there) throw notThere(fragment, history, found);
  if (history.gap) throw stopped(fragment, history.gap.statement, history.gap.reason ?? '', found);
  const first = history.spans.find(({ crossing }) => crossing !== null)?.crossing;
  if (!first) return null;
  const whole = closed.length > 1 || closed.some((one) => one.foreignKeys.some(actsOnItself(one)));
  if (whole) {
    throw stopped(fragment, first.statement, 'and foreign keys change rows of the table by themselves', found);
  }
  const foreign = history.spans.find(({ crossing }) => crossing && crossing.effect !== 'empty')?.crossing;
  if (computing && foreign) {
    throw stopped(
      fragment,
      foreign.statement,
      'the computing node has no log of what its own definition became',
      found,
    );
  }
  const base = isOwn(history.root) ? fragment : await fragmentOf({ node, ...history.root });
  if (history.base === 'nothing') return { history, base: null, spotOf: (one) => spots.get(one)! };
  if (!base) {
    const name = `${history.root.database}.${history.root.table}`;
    throw stopped(fragment, first.statement, `the table was ${name} until then, which is not in this backup`, found);
  }
  if (base.position.file !== fragment.position.file || base.position.offset !== fragment.position.offset) {
    throw stopped(fragment, first.statement, 'the table it was until then stands at another place of the log', found);
  }
  return { history, base, spotOf: (one) => spots.get(one)! };
}

const actsOnItself =
  ({ database, table }: FragmentFile) =>
  ({ refDatabase, refTable, onDelete, onUpdate }: FragmentFile['foreignKeys'][number]) =>
    refDatabase === database && refTable === table && [onDelete, onUpdate].some((one) => acting.has(one));
const acting = new Set(['CASCADE', 'SET NULL', 'SET DEFAULT']);

/** The statements of the node's log that are in at the point, behind the fragment's rows. */
async function readIncluded({ cut, logs }: PointCut, fragment: FragmentFile) {
  const nodeCut = cut.nodes.get(fragment.node);
  const base = logs.spotOf(fragment);
  const log = logs.logs.find(({ node }) => node === fragment.node)?.log ?? [];
  const statements: HistoryStatement[] = [];
  const spots = new Map<HistoryStatement, LogSpot>();
  if (!nodeCut || !base) return { statements, spots };
  const objects = log.filter(({ index: { summary } }) => {
    return summary.sequence >= base.sequence && summary.sequence <= nodeCut.end.sequence;
  });
  for await (const { statement, object } of readStatements(objects)) {
    const { sequence } = object.index.summary;
    const spot = { sequence, file: statement.file, position: Number(statement.groupPosition) };
    if (!nodeCut.includes(spot, base)) continue;
    statements.push(statement);
    spots.set(statement, spot);
  }
  return { statements, spots };
}

/** Whether a group belongs to a span: it begins where the one of its crossing does or later, and before the next one. */
export function inSpan({ history, spotOf }: PointHistory, n: number, group: LogSpot): boolean {
  const begins = (k: number) => {
    const crossing = history.spans[k]?.crossing;
    return crossing ? spotOf(crossing.statement) : null;
  };
  const [from, to] = [begins(n), begins(n + 1)];
  return (from === null || compareSpots(group, from) >= 0) && (to === null || compareSpots(group, to) < 0);
}

/** The statements between the spans, as a plan tells of them: RENAME TABLE of 2026-11-20T10:00:00.000Z on s1. */
export function crossedInWords({ history: { spans } }: PointHistory, node: string): string[] {
  return spans.flatMap(({ crossing }) => {
    if (!crossing) return [];
    const { sql, at } = crossing.statement;
    return [`${firstWords(sql)} of ${new Date(at * 1000).toISOString()} on ${node}`];
  });
}

const firstWords = (sql: string) => {
  const words = tokenizeSql(sql).tokens.map(({ value }) => value.toUpperCase());
  return words.slice(0, 2).join(' ') || 'a statement';
};

function notThere(
  fragment: FragmentFile,
  { statement, renamedTo }: Extract<TableHistory, { there: false }>,
  found: PointCut,
): TidemarkError {
  const to = renamedTo && `${renamedTo.database}.${renamedTo.table}`;
  return stopped(fragment, statement!, to ? `it is ${to} from then on` : 'it is not there from then on', found);
}

function stopped(
  { node, database, table }: FragmentFile,
  { sql, at, gtid }: HistoryStatement,
  reason: string,
  { logs }: PointCut,
): TidemarkError {
  const skewMs = logs.logs.find((one) => one.node === node)?.log.at(-1)?.index.summary.clockSkewMs ?? 0;
  const when = new Date(at * 1000).toISOString();
  const before = new Date(lastBefore(at, skewMs)).toISOString();
  return new TidemarkError(
    'restore/in-gap',
    `${database}.${table} cannot be brought across ${firstWords(sql)} of ${when} on node ${node}: ${reason}`,
    {
      hint: `The last instant before it is ${before}${gtid ? `, or choose --before-tx ${node}:${gtid}` : ''}.`,
      context: { before, node, transaction: gtid },
    },
  );
}
