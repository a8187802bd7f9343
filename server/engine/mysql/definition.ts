import { TidemarkError } from '#server/base/error.ts';
import type { FragmentColumn, FragmentFile } from '#server/manifest/schema.ts';
import type { MysqlConnection } from './connection.ts';
import { definitionSqlMode, inDefinitionSession } from './definition-session.ts';
import { mysqlErrno } from './errno.ts';
import type { ForeignKey } from './foreign-keys.ts';
import { quoteIdentifier } from './identifier.ts';
import type { Index } from './indexes.ts';
import type { Trigger } from './triggers.ts';

export type FragmentDefinition = Pick<
  FragmentFile,
  'createTable' | 'sqlMode' | 'columns' | 'indexes' | 'foreignKeys' | 'triggers' | 'autoIncrement'
>;

/**
 * All a storage node knows of one table. `createTable` is SHOW CREATE TABLE verbatim; the other fields say the same in
 * parts, so that nobody ever has to take SQL apart. `columns` holds every column in its order, invisible and
 * generated ones too; a system-versioned table also shows its row start and end, which are not `generated` here: they
 * are written back (system_versioning_insert_history), and `FOR SYSTEM_TIME ALL` reads the rows of the past.
 * `autoIncrement` is the next value, null without such a column. Takes the table's metadata lock for as long as the
 * caller's transaction holds it. Errors: `table/not-found`.
 */
export async function readFragmentDefinition(
  connection: MysqlConnection,
  database: string,
  table: string,
): Promise<FragmentDefinition> {
  return inDefinitionSession(connection, async () => {
    const createTable = await showCreate(connection, database, table);
    const columns = await readColumns(connection, database, table);
    return {
      createTable,
      sqlMode: definitionSqlMode,
      columns,
      indexes: await readIndexes(connection, database, table),
      foreignKeys: await readForeignKeys(connection, database, table),
      triggers: await readTriggers(connection, database, table),
      autoIncrement: await readAutoIncrement(connection, database, table),
    };
  });
}

async function showCreate(connection: MysqlConnection, database: string, table: string): Promise<string> {
  const name = `${quoteIdentifier(database)}.${quoteIdentifier(table)}`;
  const rows = await connection.query(`SHOW CREATE TABLE ${name}`).catch((error: unknown) => {
    if (mysqlErrno(error) !== 1146 && mysqlErrno(error) !== 1049) throw error;
    throw new TidemarkError('table/not-found', `table ${database}.${table} is not there`, { cause: error });
  });
  return text(rows[0]?.['Create Table']);
}

async function readColumns(connection: MysqlConnection, database: string, table: string): Promise<FragmentColumn[]> {
  const rows = await connection.query(
    `SELECT COLUMN_NAME AS name, COLUMN_TYPE AS declared, EXTRA AS extra, GENERATION_EXPRESSION AS expression
       FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    [database, table],
  );
  const known = rows.map((row) => {
    const period = ['ROW START', 'ROW END'].find((end) => end === text(row.expression));
    return {
      name: text(row.name),
      declared: period ? `${text(row.declared)} GENERATED ALWAYS AS ${period}` : text(row.declared),
      // DEFAULT_GENERATED is MySQL's word for a default expression.
      generated: !period && /\b(VIRTUAL|STORED|PERSISTENT) GENERATED\b/.test(text(row.extra)),
    };
  });
  const shown = known.some((column) => column.declared.endsWith('ROW START'));
  if (!shown && (await isVersioned(connection, database, table))) {
    for (const [name, end] of [
      ['row_start', 'ROW START'],
      ['row_end', 'ROW END'],
    ] as const) {
      known.push({ name, declared: `timestamp(6) GENERATED ALWAYS AS ${end}`, generated: false });
    }
  }
  const wire = await wireColumns(
    connection,
    database,
    table,
    known.map((column) => column.name),
  );
  return known.map(({ name, declared, generated }, n) => {
    const { type, flags, collation, decimals } = wire[n]!;
    return { name, type, flags, charset: collation, decimals, declared, generated };
  });
}

async function isVersioned(connection: MysqlConnection, database: string, table: string): Promise<boolean> {
  const rows = await connection.query(
    'SELECT TABLE_TYPE AS type FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [database, table],
  );
  return text(rows[0]?.type) === 'SYSTEM VERSIONED';
}

/** How the server will send each column when nobody converts text: the column's own character set among it. */
async function wireColumns(connection: MysqlConnection, database: string, table: string, names: string[]) {
  await connection.execute('SET character_set_results = NULL');
  try {
    const list = names.map(quoteIdentifier).join(', ');
    const statement = await connection.prepare(
      `SELECT ${list} FROM ${quoteIdentifier(database)}.${quoteIdentifier(table)}`,
    );
    await statement.close();
    return statement.columns;
  } finally {
    await connection.execute('SET character_set_results = utf8mb4');
  }
}

/** SHOW INDEX keeps the order of SHOW CREATE TABLE and has a column of its own for what each server adds. */
async function readIndexes(connection: MysqlConnection, database: string, table: string): Promise<Index[]> {
  const rows = await connection.query(`SHOW INDEX FROM ${quoteIdentifier(table)} FROM ${quoteIdentifier(database)}`);
  const found = new Map<string, Index>();
  for (const row of rows) {
    const name = text(row.Key_name);
    const kind = kindOf(text(row.Index_type));
    const index = found.get(name) ?? {
      name,
      unique: Number(row.Non_unique) === 0,
      kind,
      columns: [],
      comment: text(row.Index_comment),
      ignored: text(row.Ignored) === 'YES' || text(row.Visible) === 'NO',
    };
    found.set(name, index);
    index.columns.push({
      name: text(row.Column_name), // empty for an expression (MySQL): such an index is never rebuilt from parts
      prefix: row.Sub_part === null || kind === 'spatial' ? null : Number(row.Sub_part),
      descending: text(row.Collation) === 'D',
    });
  }
  return [...found.values()];
}

function kindOf(type: string): Index['kind'] {
  if (type === 'HASH' || type === 'FULLTEXT') return type === 'HASH' ? 'hash' : 'fulltext';
  return type === 'SPATIAL' || type === 'RTREE' ? 'spatial' : 'btree';
}

async function readForeignKeys(connection: MysqlConnection, database: string, table: string): Promise<ForeignKey[]> {
  const rules = await connection.query(
    `SELECT CONSTRAINT_NAME AS name, UPDATE_RULE AS onUpdate, DELETE_RULE AS onDelete
       FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ? AND TABLE_NAME = ?
      ORDER BY CONSTRAINT_NAME`,
    [database, table],
  );
  if (rules.length === 0) return [];
  const columns = await connection.query(
    `SELECT CONSTRAINT_NAME AS name, COLUMN_NAME AS col, REFERENCED_TABLE_SCHEMA AS refDatabase,
            REFERENCED_TABLE_NAME AS refTable, REFERENCED_COLUMN_NAME AS refColumn
       FROM information_schema.KEY_COLUMN_USAGE
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY ORDINAL_POSITION`,
    [database, table],
  );
  return rules.map((rule) => {
    const own = columns.filter((row) => text(row.name) === text(rule.name));
    return {
      name: text(rule.name),
      columns: own.map((row) => text(row.col)),
      refDatabase: text(own[0]?.refDatabase),
      refTable: text(own[0]?.refTable),
      refColumns: own.map((row) => text(row.refColumn)),
      onUpdate: text(rule.onUpdate),
      onDelete: text(rule.onDelete),
    };
  });
}

async function readTriggers(connection: MysqlConnection, database: string, table: string): Promise<Trigger[]> {
  const rows = await connection.query(
    `SELECT TRIGGER_NAME AS name, ACTION_TIMING AS timing, EVENT_MANIPULATION AS event, ACTION_STATEMENT AS statement,
            DEFINER AS definer, SQL_MODE AS sqlMode
       FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? AND EVENT_OBJECT_TABLE = ?
      ORDER BY EVENT_MANIPULATION, ACTION_TIMING, ACTION_ORDER`,
    [database, table],
  );
  const triggers: Trigger[] = [];
  for (const row of rows) {
    const name = text(row.name);
    const [shown] = await connection.query(`SHOW CREATE TRIGGER ${quoteIdentifier(database)}.${quoteIdentifier(name)}`);
    const create = text(shown?.['SQL Original Statement']);
    triggers.push({
      name,
      create,
      definer: text(row.definer),
      sqlMode: text(row.sqlMode),
      timing: text(row.timing) as Trigger['timing'],
      event: text(row.event) as Trigger['event'],
      statement: bodyOf(create, text(row.statement)),
    });
  }
  return triggers;
}

/** The catalog tells the body in three-byte UTF-8; the statement's own end has the characters that this loses. */
function bodyOf(create: string, fromCatalog: string): string {
  if (create.endsWith(fromCatalog)) return fromCatalog;
  return [...create].slice(-[...fromCatalog].length).join('');
}

async function readAutoIncrement(connection: MysqlConnection, database: string, table: string): Promise<string | null> {
  const [row] = await connection.query(
    'SELECT AUTO_INCREMENT AS next FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [database, table],
  );
  return row?.next == null ? null : String(row.next);
}

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
