import type { MysqlConnection } from './connection.ts';
import { catalogColumns, type DeclaredColumn, declaredColumns } from './definition-columns.ts';
import { foreignKeysOf, indexesOf, keyColumnsSql, rulesSql } from './definition-keys.ts';
import { inDefinitionSession } from './definition-session.ts';
import { catalogText as text } from './definition-text.ts';
import type { ForeignKey } from './foreign-keys.ts';
import type { Index } from './indexes.ts';
import type { Row } from './protocol/row.ts';

/** What the catalogs say of a table, read along with others: true for as long as its SHOW CREATE TABLE stays the same. */
export interface KnownTable {
  readonly engine: string;
  readonly versioned: boolean;
  /** The server's estimates. */
  readonly rows: number;
  readonly dataBytes: number;
  readonly databaseCollation: string;
  readonly columns: readonly DeclaredColumn[];
  readonly indexes: readonly Index[];
  readonly foreignKeys: readonly ForeignKey[];
}

/**
 * All tables of one database in a handful of questions, by name, where asking for each would cost a dozen a table. Each
 * question makes the server open every table: they are shared among the connections. `foreignKeys` false: none has any.
 * The catalogs of MySQL 8 promise no order of keys: there, and for databases that are gone, the answer is empty. Takes
 * no lock that outlives it.
 */
export async function readKnownTables(
  connections: readonly [MysqlConnection, ...MysqlConnection[]],
  database: string,
  { foreignKeys }: { foreignKeys: boolean },
): Promise<Map<string, KnownTable>> {
  const [first] = connections;
  if (first.flavor !== 'mariadb') return new Map();
  const answered = await Promise.all([
    inDefinitionSession(first, async () => ({
      collation: await first.query(collationSql, [database]),
      tables: await first.query(tablesSql, [database]),
      columns: byTable(await first.query(columnsSql, [database])),
    })),
    // Over one connection the two would undo each other's settings.
    connections.length > 1 && readKeys(connections.at(-1)!, database, foreignKeys),
  ]);
  const [{ collation, tables, columns }] = answered;
  const keys = answered[1] || (await readKeys(first, database, foreignKeys));
  const known = tables.map((row): [string, KnownTable] => {
    const name = text(row.tbl);
    const versioned = text(row.type) === 'SYSTEM VERSIONED';
    const table = {
      engine: text(row.engine),
      versioned,
      rows: Number(row.estimate ?? 0),
      dataBytes: Number(row.bytes ?? 0),
      databaseCollation: text(collation[0]?.name),
      columns: declaredColumns(columns.get(name) ?? [], versioned),
      indexes: indexesOf(keys.indexes.get(name) ?? []),
      foreignKeys: foreignKeysOf(keys.rules.get(name) ?? [], keys.keyColumns.get(name) ?? []),
    };
    return [name, table];
  });
  return new Map(known);
}

/** By table. */
interface Keys {
  indexes: Map<string, Row[]>;
  rules: Map<string, Row[]>;
  keyColumns: Map<string, Row[]>;
}

function readKeys(connection: MysqlConnection, database: string, foreignKeys: boolean): Promise<Keys> {
  return inDefinitionSession(connection, async () => {
    const ask = async (sql: string) => byTable(await connection.query(sql, [database]));
    const indexes = await ask(indexesSql);
    const rules = foreignKeys ? await ask(`${rulesSql} ORDER BY CONSTRAINT_NAME`) : new Map<string, Row[]>();
    const keyColumns = rules.size > 0 ? await ask(`${keyColumnsSql} ORDER BY ORDINAL_POSITION`) : rules;
    return { indexes, rules, keyColumns };
  });
}

const collationSql = 'SELECT DEFAULT_COLLATION_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?';

const tablesSql = `SELECT TABLE_NAME AS tbl, TABLE_TYPE AS type, ENGINE AS engine, TABLE_ROWS AS estimate,
    DATA_LENGTH AS bytes
  FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?`;

const columnsSql = `SELECT TABLE_NAME AS tbl, ${catalogColumns}
  FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? ORDER BY ORDINAL_POSITION`;

/** Named as SHOW INDEX names them, and in its order: that of SHOW CREATE TABLE. */
const indexesSql = `SELECT TABLE_NAME AS tbl, INDEX_NAME AS Key_name, NON_UNIQUE AS Non_unique, INDEX_TYPE AS Index_type,
    INDEX_COMMENT AS Index_comment, IGNORED AS Ignored, COLUMN_NAME AS Column_name, SUB_PART AS Sub_part,
    COLLATION AS Collation
  FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ?`;

function byTable(rows: readonly Row[]): Map<string, Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const own = found.get(text(row.tbl));
    if (own) own.push(row);
    else found.set(text(row.tbl), [row]);
  }
  return found;
}
