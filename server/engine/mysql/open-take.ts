import { planChunks } from './chunks.ts';
import { autoIncrementIn, createTable as readCreateTable, sameDefinition } from './create-table.ts';
import { readFragmentDefinition } from './definition.ts';
import { onTheWire, rowsSql } from './definition-columns.ts';
import { definitionSqlMode } from './definition-session.ts';
import { quoteTable } from './foreign-keys.ts';
import type { FragmentTake } from './fragment-take.ts';
import { allRowsClause, keepsHistory, leftOfHistory } from './history.ts';
import type { KnownTable } from './known-table.ts';
import type { Column } from './protocol/column.ts';
import { sequencesNamedIn } from './sequences.ts';
import type { PreparedSelect, SqlSession } from './sql-session.ts';
import { changedSinceCut } from './take-fault.ts';
import type { TableAsked } from './thread/read-together.ts';

/** What a table looks like to the server; sizes are estimates. */
interface TableFacts {
  engine: string;
  rows: number;
  dataBytes: number;
  versioned: boolean;
}

/**
 * Opens a take whose table the catalogs told of before the cut, in one round trip: its text must still be the one that
 * went with them. Returns the statement that reads all of it, when that is one range. Undefined, with nothing done: it
 * takes the long way. Errors: those of the connection.
 */
export async function openKnownTake(
  connection: SqlSession,
  take: FragmentTake,
  options: { chunkBytes: number; readers: number },
): Promise<PreparedSelect | undefined> {
  const { database, table } = take.fragment;
  const known = knownWell(take);
  if (!known || known.dataBytes > chunkSize(known.dataBytes, options)) return undefined;
  // Both are sent before the first has answered.
  const prepared = connection.prepare(rowsSql({ database, table }, known.columns)).catch(() => undefined);
  const createTable = await readCreateTable(connection, database, table).finally(() => prepared);
  const statement = await prepared;
  if (statement && createTable !== null && openAsKnown(take, createTable, statement.columns)) return statement;
  statement?.close();
  return undefined;
}

/** What the catalogs told of a table along with its text, when nothing else has to be asked of it. */
function knownWell({ fragment, triggers, ownSnapshot }: FragmentTake): KnownTable | undefined {
  const { known, createTable } = fragment;
  if (!known || !triggers || createTable === undefined || ownSnapshot) return undefined;
  if (known.engine.toLowerCase() !== 'innodb' || known.versioned) return undefined;
  return sequencesNamedIn(createTable).length > 0 ? undefined : known;
}

/** Whether a table may be read along with others; see readTogether. */
export function isSmallTake(take: FragmentTake): boolean {
  const known = knownWell(take);
  return known !== undefined && known.dataBytes <= smallBytes;
}

/** What is asked for such a table. */
export function askForSmall({ fragment }: FragmentTake): TableAsked {
  const { database, table, known } = fragment;
  const at = { database, table };
  return { select: rowsSql(at, known!.columns), showCreate: `SHOW CREATE TABLE ${quoteTable(at)}` };
}

/**
 * Opens a take as one range by what the catalogs told of it; `wire` is how the server sends its columns. False, with
 * nothing done, when its text is not the one that went with the catalogs.
 */
export function openAsKnown(take: FragmentTake, createTable: string, wire: readonly Column[]): boolean {
  const { database, table, createTable: before, known } = take.fragment;
  if (!sameDefinition(before!, createTable)) return false;
  const columns = onTheWire(known!.columns, wire);
  const counts = columns.some(({ flags }) => (flags & autoIncrementFlag) !== 0);
  take.expectedRows = known!.rows;
  take.expectedBytes = known!.dataBytes;
  const definition = {
    createTable,
    sqlMode: definitionSqlMode,
    databaseCollation: known!.databaseCollation,
    columns,
    indexes: [...known!.indexes],
    foreignKeys: [...known!.foreignKeys],
    triggers: [...take.triggers!],
    autoIncrement: counts ? autoIncrementIn(createTable) : null,
  };
  take.open(definition, [{ from: quoteTable({ database, table }), rows: known!.rows }]);
  return true;
}

const autoIncrementFlag = 0x200;
/** As the server estimates: what has more rows is worth being asked for alone, and being shared among readers. */
const smallBytes = 512 * 1024;

/**
 * Learns what a table is and how it will be cut, while its lock is held: so the definition is that of the rows, and
 * nobody changes it until they are read. Errors: those of the connection, `table/changed`.
 */
export async function openTake(
  connection: SqlSession,
  take: FragmentTake,
  options: { chunkBytes: number; readers: number },
): Promise<void> {
  const { database, table } = take.fragment;
  const facts = await tableFacts(connection, database, table);
  const definition = await readFragmentDefinition(connection, database, table);
  const { createTable } = take.fragment;
  if (!take.ownSnapshot && createTable !== undefined && !sameDefinition(createTable, definition.createTable)) {
    throw changedSinceCut(take.fragment);
  }
  take.expectedRows = facts.rows;
  take.expectedBytes = facts.dataBytes;
  if (facts.versioned) take.left.push(...(await leftOfHistory(connection, { database, table }, definition.columns)));
  const inSnapshot = facts.engine.toLowerCase() === 'innodb';
  if (!inSnapshot) {
    take.left.push(
      `${take.name} on ${take.fragment.node} uses the engine ${facts.engine}, which snapshots do not cover: its rows are of the moment they were read`,
    );
  }
  const history = keepsHistory(definition.columns);
  const whole = history ? allRowsClause(definition.columns) : inSnapshot ? undefined : '';
  const plan = { database, table, definition, estimatedRows: facts.rows, dataBytes: facts.dataBytes, whole };
  const isOfLargeRows = facts.rows > 0 && facts.dataBytes / facts.rows > largeRowBytes;
  const chunkBytes = isOfLargeRows ? Number.POSITIVE_INFINITY : chunkSize(facts.dataBytes, options);
  take.open(definition, await planChunks(connection, plan, chunkBytes));
}

/** Between two chunks nobody held the table. Errors: `table/changed`, `table/not-found`, those of the connection. */
export async function assertUnchanged(connection: SqlSession, take: FragmentTake): Promise<void> {
  const { database, table } = take.fragment;
  const now = await readCreateTable(connection, database, table);
  if (now === null || !sameDefinition(take.definition!.createTable, now)) throw changedSinceCut(take.fragment);
}

/** Enough chunks that all readers end at about the same time, but none so small that cutting costs more than it gives. */
function chunkSize(dataBytes: number, { chunkBytes, readers }: { chunkBytes: number; readers: number }): number {
  const shared = Math.max(smallestSharedBytes, dataBytes / (readers * chunksPerReader));
  return Math.min(chunkBytes, shared);
}

/** Read and loaded by several at once, rows of 100 MB would take the memory of several. */
const largeRowBytes = 16 * 1024 ** 2;

const smallestSharedBytes = 8 * 1024 ** 2;
const chunksPerReader = 4;

async function tableFacts(connection: SqlSession, database: string, table: string): Promise<TableFacts> {
  const [row] = await connection.query(
    `SELECT ENGINE AS engine, TABLE_TYPE AS type, TABLE_ROWS AS estimate, DATA_LENGTH AS bytes FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?`,
    [database, table],
  );
  return {
    engine: String(row?.engine ?? ''),
    rows: Number(row?.estimate ?? 0),
    dataBytes: Number(row?.bytes ?? 0),
    versioned: String(row?.type) === 'SYSTEM VERSIONED',
  };
}
