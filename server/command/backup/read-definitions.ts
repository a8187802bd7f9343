import { throwIfStopped } from '#server/base/abort.ts';
import { asTidemarkError, TidemarkError } from '#server/base/error.ts';
import type { MysqlAccess, PostgresAccess } from '#server/engine/access.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import { type MysqlConnection, openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { readCreateTables } from '#server/engine/mysql/create-table.ts';
import { type KnownTable, readKnownTables } from '#server/engine/mysql/known-table.ts';
import { pipelined } from '#server/engine/mysql/pipelined.ts';
import { openPostgres } from '#server/engine/postgres/connection.ts';
import { readComputingDefinitionOn } from '#server/engine/postgres/definition.ts';
import type { Located } from '#server/engine/topology/locate.ts';
import type { Attempt } from '../attempt.ts';
import type { FragmentWork, TableWork } from './table-work.ts';

/**
 * Just before the cut: the computing node's side of every table, and what each fragment is, so that a change between
 * now and its reading is noticed. A table that is gone fails alone. Errors: those of the connections.
 */
export async function readDefinitions(
  attempt: Attempt,
  cluster: ClusterAccess,
  located: Located,
  tables: readonly TableWork[],
): Promise<{ computingVersion: string | null }> {
  const wanted = tables.filter((table) => table.error === null);
  for (const { label } of wanted) reportDefinition(attempt, label, 'waiting');
  let computingVersion: string | null = null;
  if ('computing' in cluster) computingVersion = await readComputingSides(attempt, cluster.computing, wanted);
  await Promise.all([...located.nodes.keys()].map((node) => readNodeTexts(attempt, located, node, wanted)));
  for (const { label, error } of wanted) reportDefinition(attempt, label, error ? 'failed' : 'done');
  return { computingVersion };
}

async function readComputingSides(
  attempt: Attempt,
  access: PostgresAccess,
  tables: readonly TableWork[],
): Promise<string | null> {
  const { stop } = attempt.cancellation;
  let version: string | null = null;
  for (const database of new Set(tables.map((table) => table.name.database))) {
    const client = await openPostgres({ ...access, database }, { signal: stop });
    try {
      const { rows } = await client.query<{ version: string }>("SELECT current_setting('server_version') AS version");
      version = rows[0]?.version ?? null;
      for (const table of tables.filter(({ name }) => name.database === database)) {
        throwIfStopped(stop);
        try {
          const { computing, left } = await readComputingDefinitionOn(client, table.name);
          table.computing = computing;
          table.left.push(...left);
        } catch (thrown) {
          const error = asTidemarkError(thrown);
          if (!error.code.startsWith('table/')) throw error;
          table.error = error;
        }
      }
    } finally {
      await client.end();
    }
  }
  return version;
}

async function readNodeTexts(
  attempt: Attempt,
  located: Located,
  node: string,
  tables: readonly TableWork[],
): Promise<void> {
  const own = tables.flatMap((table) =>
    table.fragments.filter((fragment) => fragment.node === node).map((fragment) => ({ table, fragment })),
  );
  const access = located.nodes.get(node)!;
  const { stop } = attempt.cancellation;
  const fragments = own.map(({ fragment }) => fragment);
  // First the texts: when one is the same once the table's lock is held, what the catalogs said in between goes with it.
  // Catalogs from before it could lack a column that it has, and its values would be in no backup.
  const [texts, known] = await overConnection(access, stop, async (connection) => {
    const read = await readCreateTables(connection, fragments);
    const foreignKeys = read.some((text) => typeof text === 'string' && text.includes('FOREIGN KEY'));
    const ask = (other?: MysqlConnection) =>
      readCatalogs(other ? [connection, other] : [connection], fragments, foreignKeys);
    const known = fragments.length < manyTables ? ask() : overConnection(access, stop, ask);
    return [read, await known];
  });
  for (const [n, { table, fragment }] of own.entries()) {
    const text = texts[n];
    fragment.known = known.tables.get(fragment.database)?.get(fragment.table);
    fragment.expected = known.estimates.get(estimateKey(fragment));
    if (typeof text === 'string') fragment.createTable = text;
    else table.error ??= text ?? goneSinceListed(fragment.database, fragment.table, node);
  }
}

/** From this many tables of one database on, its catalogs are read whole: fewer are quicker asked one by one. */
const manyTables = 50;

interface Catalogs {
  tables: Map<string, Map<string, KnownTable>>;
  /** By estimateKey. */
  estimates: Map<string, { rows: number; bytes: number }>;
}

async function readCatalogs(
  connections: readonly [MysqlConnection, ...MysqlConnection[]],
  fragments: readonly FragmentWork[],
  foreignKeys: boolean,
): Promise<Catalogs> {
  const byDatabase = new Map<string, string[]>();
  for (const { database, table } of fragments) {
    const named = byDatabase.get(database);
    if (named) named.push(table);
    else byDatabase.set(database, [table]);
  }
  const tables: Catalogs['tables'] = new Map();
  const estimates: Catalogs['estimates'] = new Map();
  for (const [database, names] of byDatabase) {
    if (names.length >= manyTables) {
      const known = await readKnownTables(connections, database, { foreignKeys });
      tables.set(database, known);
      for (const [table, { rows, dataBytes: bytes }] of known)
        estimates.set(estimateKey({ database, table }), { rows, bytes });
    } else {
      const sizes = await pipelined(names, (table) => connections[0].query(sizeSql, [database, table]));
      for (const [n, [row]] of sizes.entries()) {
        if (row?.estimate == null) continue;
        const size = { rows: Number(row.estimate), bytes: Number(row.bytes) };
        estimates.set(estimateKey({ database, table: names[n]! }), size);
      }
    }
  }
  return { tables, estimates };
}

const sizeSql = `SELECT TABLE_ROWS AS estimate, DATA_LENGTH AS bytes FROM information_schema.TABLES
  WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?`;

const estimateKey = ({ database, table }: { database: string; table: string }) => `${database}\0${table}`;

async function overConnection<const T>(
  access: MysqlAccess,
  signal: AbortSignal,
  work: (connection: MysqlConnection) => Promise<T>,
): Promise<T> {
  const connection = await openMysqlConnection(access, { signal });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

function goneSinceListed(database: string, table: string, node: string): TidemarkError {
  return new TidemarkError('table/not-found', `table ${database}.${table} on node ${node} is not there any more`);
}

function reportDefinition(attempt: Attempt, table: string, state: 'waiting' | 'done' | 'failed'): void {
  const nothing = { rowsDone: 0, rowsTotal: null, bytesDone: 0, bytesTotal: null };
  attempt.report({ table, fragment: null, phase: 'definition', state, ...nothing });
}
