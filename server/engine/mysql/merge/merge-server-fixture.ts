import { fileEvents } from '../binlog/file-events.ts';
import type { TableMapEvent } from '../binlog/table-map-event.ts';
import type { MysqlConnection } from '../connection.ts';
import type { FragmentDefinition } from '../definition.ts';
import { RowDigest } from '../digest.ts';
import { pinReadSession } from '../session.ts';
import type { ChangeFold } from './change-fold.ts';
import { foreignName } from './foreign-actions.ts';
import type { TableRows } from './logged-rows.ts';
import type { ExpectedRows } from './merge-digest.ts';
import { RowMerge } from './row-merge.ts';

/** For tests: a real server's rows and log, as a backup and an archive would have them. */

export interface ReadRows {
  readonly runs: readonly Buffer[];
  readonly rows: bigint;
  readonly digest: string;
}

/** As a backup reads it. */
export async function readRows(
  connection: MysqlConnection,
  table: string,
  { columns }: Pick<FragmentDefinition, 'columns'>,
): Promise<ReadRows> {
  await pinReadSession(connection);
  const names = columns.map(({ name }) => `\`${name}\``).join(', ');
  const versioned = columns.some(({ declared }) => declared.endsWith('ROW START'));
  const digest = new RowDigest();
  const runs: Buffer[] = [];
  await connection.streamBinary(
    `SELECT ${names} FROM d.${table}${versioned ? ' FOR SYSTEM_TIME ALL' : ''}`,
    (batch) => {
      digest.add(batch.buffer);
      runs.push(Buffer.from(batch.buffer));
    },
  );
  return { runs, rows: digest.rows, digest: digest.hex };
}

/** Every row as hex, in an order of its own. */
export function rowsOf(runs: Iterable<Buffer>): string[] {
  const rows: string[] = [];
  for (const run of runs) {
    for (let at = 0; at < run.length; ) {
      const end = at + 4 + run.readUInt32LE(at);
      rows.push(run.toString('hex', at + 4, end));
      at = end;
    }
  }
  return rows.sort();
}

/** Every rows event in a server's binlog files, by the table's name. */
export function* loggedRowsOf(files: readonly Buffer[]): Generator<TableRows> {
  const maps = new Map<bigint, TableMapEvent>();
  for (const [file, bytes] of files.entries()) {
    for (const { event, position } of fileEvents(bytes)) {
      if (event.kind === 'tableMap') maps.set(event.tableId, event);
      if (event.kind !== 'rows') continue;
      const map = maps.get(event.tableId);
      if (!map) continue;
      yield { table: foreignName(map.database, map.table), map, event, position: { file, offset: Number(position) } };
    }
  }
}

export async function* asRuns(runs: readonly Buffer[]) {
  yield* runs;
}

export async function mergeRuns(
  fold: ChangeFold,
  { runs, ...base }: ReadRows,
): Promise<{ runs: Buffer[]; expected: ExpectedRows }> {
  const merge = await RowMerge.begin(fold, base);
  const out: Buffer[] = [];
  // As several loaders would, each with chunks of its own.
  const chunks = [runs.filter((_, n) => n % 2 === 0), runs.filter((_, n) => n % 2 === 1)];
  await Promise.all(
    chunks.map(async (chunk) => {
      for await (const run of merge.merge(asRuns(chunk))) out.push(Buffer.from(run));
    }),
  );
  for await (const run of merge.rest()) out.push(Buffer.from(run));
  await merge.close();
  return { runs: out, expected: merge.finish() };
}
