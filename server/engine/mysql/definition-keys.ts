import { catalogText as text } from './definition-text.ts';
import { mysqlErrno } from './errno.ts';
import type { ForeignKey } from './foreign-keys.ts';
import { quoteIdentifier } from './identifier.ts';
import type { Index } from './indexes.ts';
import type { Row } from './protocol/row.ts';
import type { SqlSession } from './sql-session.ts';
import type { Trigger } from './triggers.ts';

/** SHOW INDEX keeps the order of SHOW CREATE TABLE and has a column of its own for what each server adds. */
export async function readIndexes(connection: SqlSession, database: string, table: string): Promise<Index[]> {
  return indexesOf(
    await connection.query(`SHOW INDEX FROM ${quoteIdentifier(table)} FROM ${quoteIdentifier(database)}`),
  );
}

/** From rows as SHOW INDEX has them, of one table. */
export function indexesOf(rows: readonly Row[]): Index[] {
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

export async function readForeignKeys(connection: SqlSession, database: string, table: string): Promise<ForeignKey[]> {
  const rules = await connection.query(`${rulesSql} AND TABLE_NAME = ? ORDER BY CONSTRAINT_NAME`, [database, table]);
  if (rules.length === 0) return [];
  const columns = await connection.query(`${keyColumnsSql} AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`, [
    database,
    table,
  ]);
  return foreignKeysOf(rules, columns);
}

/** Of one database, or with a condition more of one of its tables. */
export const rulesSql = `SELECT TABLE_NAME AS tbl, CONSTRAINT_NAME AS name, UPDATE_RULE AS onUpdate, DELETE_RULE AS onDelete
  FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ?`;
export const keyColumnsSql = `SELECT TABLE_NAME AS tbl, CONSTRAINT_NAME AS name, COLUMN_NAME AS col,
    REFERENCED_TABLE_SCHEMA AS refDatabase, REFERENCED_TABLE_NAME AS refTable, REFERENCED_COLUMN_NAME AS refColumn
  FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME IS NOT NULL`;

/** From rows of one table, rules by name and columns by position. */
export function foreignKeysOf(rules: readonly Row[], columns: readonly Row[]): ForeignKey[] {
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

export async function readTriggers(connection: SqlSession, database: string, table: string): Promise<Trigger[]> {
  const rows = await connection.query(`${triggersSql} AND EVENT_OBJECT_TABLE = ? ${firingOrder}`, [database, table]);
  const triggers: Trigger[] = [];
  for (const row of rows) triggers.push(await readTrigger(connection, database, row));
  return triggers;
}

const triggersSql = `SELECT EVENT_OBJECT_TABLE AS tbl, TRIGGER_NAME AS name, ACTION_TIMING AS timing,
    EVENT_MANIPULATION AS event, ACTION_STATEMENT AS statement, DEFINER AS definer, SQL_MODE AS sqlMode
  FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ?`;
const firingOrder = 'ORDER BY EVENT_MANIPULATION, ACTION_TIMING, ACTION_ORDER';

/** Those of every table of a database that has any, by the table's name. One that goes meanwhile is left out. */
export async function readTriggersOf(connection: SqlSession, database: string): Promise<Map<string, Trigger[]>> {
  const found = new Map<string, Trigger[]>();
  for (const row of await connection.query(`${triggersSql} ${firingOrder}`, [database])) {
    const table = text(row.tbl);
    const trigger = await readTrigger(connection, database, row).catch((error: unknown) => {
      if (mysqlErrno(error) !== noSuchTrigger) throw error;
    });
    if (trigger) found.set(table, [...(found.get(table) ?? []), trigger]);
  }
  return found;
}

const noSuchTrigger = 1360;

async function readTrigger(connection: SqlSession, database: string, row: Row): Promise<Trigger> {
  const name = text(row.name);
  const [shown] = await connection.query(`SHOW CREATE TRIGGER ${quoteIdentifier(database)}.${quoteIdentifier(name)}`);
  const create = text(shown?.['SQL Original Statement']);
  return {
    name,
    create,
    definer: text(row.definer),
    sqlMode: text(row.sqlMode),
    timing: text(row.timing) as Trigger['timing'],
    event: text(row.event) as Trigger['event'],
    statement: bodyOf(create, text(row.statement)),
  };
}

/** The catalog tells the body in three-byte UTF-8; the statement's own end has the characters that this loses. */
function bodyOf(create: string, fromCatalog: string): string {
  if (create.endsWith(fromCatalog)) return fromCatalog;
  return [...create].slice(-[...fromCatalog].length).join('');
}
