import type { MysqlConnection } from '../connection.ts';
import { type FragmentDefinition, readFragmentDefinition } from '../definition.ts';
import type { TableAt } from '../foreign-keys.ts';
import { loadFragment } from '../load.ts';
import { ChangeFold } from '../merge/change-fold.ts';
import type { ExpectedRows } from '../merge/merge-digest.ts';
import { asRuns, type ReadRows, readRows } from '../merge/merge-server-fixture.ts';
import { mergeTable } from '../merge/merge-table.ts';
import { RowMerge } from '../merge/row-merge.ts';
import { type Carried, carryAcross, defaultsOf, joinedSpans } from './carry-across.ts';
import type { TableHistory, TableSpan } from './history.ts';
import type { LoggedThing } from './server-log-fixture.ts';
import { makeScratch, stageBase } from './staged-base.ts';
import { StagedNames } from './staged-names.ts';

/** For tests: what a backup has of a table. */
export interface Kept {
  readonly at: TableAt;
  readonly definition: FragmentDefinition;
  readonly rows: ReadRows;
}

/** Of a table in database `d`. */
export async function keep(connection: MysqlConnection, table: string): Promise<Kept> {
  const definition = await readFragmentDefinition(connection, 'd', table);
  return { at: { database: 'd', table }, definition, rows: await readRows(connection, table, definition) };
}

/** Row events of a span, in their order. */
async function readSpan(log: readonly LoggedThing[], spans: readonly TableSpan[], span: TableSpan, fold: ChangeFold) {
  const place = (one: TableSpan | undefined) =>
    one?.crossing
      ? log.findIndex((thing) => thing.kind === 'statement' && thing.statement === one.crossing!.statement)
      : -1;
  const next = spans[spans.indexOf(span) + 1];
  for (const thing of log.slice(place(span) + 1, next ? place(next) : log.length)) {
    if (thing.kind !== 'rows' || thing.database !== span.name.database || thing.table !== span.name.table) continue;
    fold.add(thing.rows);
    if (fold.full) await fold.spill();
  }
}

/** Stages, loads and carries as a restore does, into a scratch database of that name. */
export async function carry(
  connection: MysqlConnection,
  log: readonly LoggedThing[],
  history: Extract<TableHistory, { there: true }>,
  kept: readonly Kept[],
  options: { scratch: string; scratchFolder: string; limitBytes?: number },
): Promise<Carried> {
  const { scratch, scratchFolder, limitBytes } = options;
  const names = new StagedNames(scratch);
  const { spans, root, base } = history;
  let staged: ExpectedRows | null = null;
  if (base === 'nothing') await makeScratch(connection, names, kept[0]!.definition.databaseCollation);
  else {
    const { at, definition, rows } = kept.find((one) => one.at.table === root.table)!;
    const target = await stageBase(connection, names, { ...at, ...definition });
    if (base === 'rows') {
      const fold = new ChangeFold(mergeTable(definition, await defaultsOf(connection, target, definition)), {
        scratchFolder,
      });
      for (const span of spans.slice(0, joinedSpans(history))) await readSpan(log, spans, span, fold);
      const merge = await RowMerge.begin(fold, rows);
      const chunk = { segment: 's', offset: 0, length: 0, sha256: '', rows: String(rows.rows), rawBytes: 0 };
      await loadFragment({
        ...{ connections: [connection], ...target, columns: definition.columns, chunks: [chunk] },
        readChunk: () => asRuns(rows.runs),
        changes: merge,
      });
      staged = merge.finish();
      await merge.close();
      await fold.close();
    }
  }
  return carryAcross({
    ...{ connection, names, history, staged, scratchFolder },
    ...(limitBytes === undefined ? {} : { limitBytes }),
    readSpan: (span, fold) => readSpan(log, spans, span, fold),
  });
}
