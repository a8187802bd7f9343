import type { HistoryStatement, TableHistory } from '#server/engine/mysql/table-history/history.ts';
import { indexStatement } from '#server/engine/mysql/table-history/index-statement.ts';
import { nameStates } from '#server/engine/mysql/table-history/table-history.ts';
import type { LogStatement } from '#server/manifest/log-schema.ts';
import type { ChangedWith } from './changed-with.ts';
import { type LogPart, lastBefore } from './log-part.ts';

/** A time at which a table can be had by going along a log, and what ends it. null: nothing in what was looked at. */
export interface CrossedSpan {
  readonly fromMs: number;
  readonly end: { readonly atMs: number; readonly reason: string } | null;
}

export interface PlacedStatement {
  readonly statement: LogStatement;
  readonly part: LogPart;
}

type Table = ChangedWith['tables'][number] & { readonly node: string };

/**
 * When a table can be had although statements changed its definition, or took its name: all the time but where one of
 * them cannot be crossed, or nothing has the name. The first span begins where the statements do. `crossable`: which
 * statements a restore goes across.
 */
export function crossedSpans(
  placed: readonly PlacedStatement[],
  table: Table,
  crossable: 'empty' | 'all',
): CrossedSpan[] {
  const parts = new Map<HistoryStatement, LogPart>();
  for (const { statement, part } of placed) parts.set(indexStatement(statement), part);
  const isOwn = (at: ChangedWith['tables'][number]) => at.database === table.database && at.table === table.table;
  const states = nameStates([...parts.keys()], table, { existed: (at) => isOwn(at) || undefined });
  const spans: CrossedSpan[] = [];
  let open: number | null = Number.NEGATIVE_INFINITY;
  for (const { from, history } of states) {
    const problem = problemOf(history, table, crossable, isOwn);
    const skewMs = from ? parts.get(from)!.clockSkewMs : 0;
    if (problem === null && open === null) open = firstAfter(from!.at, skewMs);
    if (problem === null || open === null) continue;
    spans.push({ fromMs: open, end: { atMs: lastBefore(from!.at, skewMs), reason: problem } });
    open = null;
  }
  if (open !== null) spans.push({ fromMs: open, end: null });
  return spans;
}

/** From when on a group is in that a log tells in seconds, by the server's clock and by ours. */
const firstAfter = (seconds: number, clockSkewMs: number): number => (seconds + 1) * 1000 + Math.max(0, -clockSkewMs);

function problemOf(
  history: TableHistory,
  table: Table,
  crossable: 'empty' | 'all',
  isOwn: (at: ChangedWith['tables'][number]) => boolean,
): string | null {
  if (!history.there) {
    const { renamedTo } = history;
    const what = renamedTo ? `is ${renamedTo.database}.${renamedTo.table} from then on` : 'is not there from then on';
    return told(history.statement!, table, what);
  }
  const { gap, base, root, spans } = history;
  if (gap) return told(gap.statement, table, `cannot be brought across it: ${gap.reason}`);
  const first = spans.find(({ crossing }) => crossing !== null)?.crossing;
  if (first && base !== 'nothing' && !isOwn(root)) {
    return told(first.statement, table, `was ${root.database}.${root.table} until then, of which this tells nothing`);
  }
  const foreign = crossable === 'empty' && spans.find(({ crossing }) => crossing && crossing.effect !== 'empty');
  if (!foreign) return null;
  return told(
    foreign.crossing!.statement,
    table,
    'changed, and what its definition on the computing node became is in no log',
  );
}

function told({ kind, sql, at }: HistoryStatement, { node, database, table }: Table, what: string): string {
  const when = new Date(at * 1000).toISOString();
  if (kind === 'change') {
    return `a change at ${when} on node ${node}, which may be one of ${database}.${table}, was logged as its text: which rows it changed is not known`;
  }
  const words = sql.trim().split(/\s+/).slice(0, 2).join(' ').toUpperCase() || 'a statement';
  return `${words} on node ${node} at ${when}: ${database}.${table} ${what}`;
}
