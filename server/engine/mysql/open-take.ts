import { planChunks } from './chunks.ts';
import type { MysqlConnection } from './connection.ts';
import { sameDefinition } from './create-table.ts';
import { readFragmentDefinition } from './definition.ts';
import type { FragmentTake } from './fragment-take.ts';
import { changedSinceCut } from './take-fault.ts';

/** What a table looks like to the server; sizes are estimates. */
interface TableFacts {
  engine: string;
  rows: number;
  dataBytes: number;
}

/**
 * Learns what a table is and how it will be cut, while its lock is held: so the definition is that of the rows, and
 * nobody changes it until they are read. Errors: those of the connection, `table/changed`.
 */
export async function openTake(
  connection: MysqlConnection,
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
  const versioned = definition.columns.some((column) => column.declared.endsWith('ROW START'));
  const inSnapshot = facts.engine.toLowerCase() === 'innodb';
  if (!inSnapshot) {
    take.left.push(
      `${take.name} on ${take.fragment.node} uses the engine ${facts.engine}, which snapshots do not cover: its rows are of the moment they were read`,
    );
  }
  const whole = versioned ? ' FOR SYSTEM_TIME ALL' : inSnapshot ? undefined : '';
  const plan = { database, table, definition, estimatedRows: facts.rows, dataBytes: facts.dataBytes, whole };
  take.open(definition, await planChunks(connection, plan, chunkSize(facts.dataBytes, options)));
}

/** Enough chunks that all readers end at about the same time, but none so small that cutting costs more than it gives. */
function chunkSize(dataBytes: number, { chunkBytes, readers }: { chunkBytes: number; readers: number }): number {
  const shared = Math.max(smallestSharedBytes, dataBytes / (readers * chunksPerReader));
  return Math.min(chunkBytes, shared);
}

const smallestSharedBytes = 8 * 1024 ** 2;
const chunksPerReader = 4;

async function tableFacts(connection: MysqlConnection, database: string, table: string): Promise<TableFacts> {
  const [row] = await connection.query(
    `SELECT ENGINE AS engine, TABLE_ROWS AS estimate, DATA_LENGTH AS bytes FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?`,
    [database, table],
  );
  return { engine: String(row?.engine ?? ''), rows: Number(row?.estimate ?? 0), dataBytes: Number(row?.bytes ?? 0) };
}
