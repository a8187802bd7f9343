import type { SchemaObject } from '#server/manifest/schema.ts';
import type { MysqlConnection } from './connection.ts';
import { inDefinitionSession } from './definition-session.ts';
import { catalogText as text } from './definition-text.ts';
import { mysqlErrno } from './errno.ts';
import { quoteIdentifier } from './identifier.ts';
import { nextOfSequence } from './sequences.ts';

/**
 * What belongs to databases rather than to tables: views, routines, events, sequences, each with its SHOW CREATE text
 * verbatim, its definer and the sql_mode it was made under; a sequence also with the value it goes on at. Order: by
 * database, kind, name. An object that vanishes between listing and reading is left out. Privileges: SHOW VIEW, EVENT,
 * and for the body of a routine to be its definer or SELECT on mysql.proc; one whose body is hidden has an empty
 * `create`.
 */
export async function readSchemaObjects(
  connection: MysqlConnection,
  databases: readonly string[],
): Promise<SchemaObject[]> {
  return inDefinitionSession(connection, async () => {
    const found: SchemaObject[] = [];
    for (const database of databases) {
      for (const source of sources) {
        for (const row of await connection.query(source.list, [database])) {
          const listed = { name: text(row.name), definer: text(row.definer), sqlMode: text(row.sqlMode) };
          const at = { database, table: listed.name };
          const create = await showCreate(connection, source, database, listed.name);
          if (create === null) continue;
          const next = source.kind === 'sequence' ? { next: await nextOfSequence(connection, at) } : {};
          found.push({ kind: source.kind, database, create, ...listed, ...next });
        }
      }
    }
    return found;
  });
}

interface Source {
  kind: SchemaObject['kind'];
  list: string;
  show: string;
  column: string;
}

const routines = (type: string) =>
  `SELECT ROUTINE_NAME AS name, DEFINER AS definer, SQL_MODE AS sqlMode FROM information_schema.ROUTINES
    WHERE ROUTINE_SCHEMA = ? AND ROUTINE_TYPE = '${type}' ORDER BY name`;

const sources: Source[] = [
  {
    kind: 'view',
    list: `SELECT TABLE_NAME AS name, DEFINER AS definer, '' AS sqlMode FROM information_schema.VIEWS
            WHERE TABLE_SCHEMA = ? ORDER BY name`,
    show: 'SHOW CREATE VIEW',
    column: 'Create View',
  },
  { kind: 'procedure', list: routines('PROCEDURE'), show: 'SHOW CREATE PROCEDURE', column: 'Create Procedure' },
  { kind: 'function', list: routines('FUNCTION'), show: 'SHOW CREATE FUNCTION', column: 'Create Function' },
  {
    kind: 'event',
    list: `SELECT EVENT_NAME AS name, DEFINER AS definer, SQL_MODE AS sqlMode FROM information_schema.EVENTS
            WHERE EVENT_SCHEMA = ? ORDER BY name`,
    show: 'SHOW CREATE EVENT',
    column: 'Create Event',
  },
  {
    kind: 'sequence',
    list: `SELECT TABLE_NAME AS name, '' AS definer, '' AS sqlMode FROM information_schema.TABLES
            WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'SEQUENCE' ORDER BY name`,
    show: 'SHOW CREATE SEQUENCE',
    column: 'Create Table',
  },
];

async function showCreate(
  connection: MysqlConnection,
  source: Source,
  database: string,
  name: string,
): Promise<string | null> {
  const statement = `${source.show} ${quoteIdentifier(database)}.${quoteIdentifier(name)}`;
  const [row] = await connection.query(statement).catch((error: unknown) => {
    if (isGone(error)) return [];
    throw error;
  });
  return row === undefined ? null : text(row[source.column]);
}

const goneNumbers = [1146, 1305, 1539, 4091]; // no such table, routine, event, sequence

const isGone = (error: unknown) => goneNumbers.includes(mysqlErrno(error) ?? 0);
