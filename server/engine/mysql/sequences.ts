import type { FragmentFile } from '#server/manifest/schema.ts';
import { createDatabase, tableExists } from './catalog.ts';
import type { MysqlConnection } from './connection.ts';
import { catalogText as text } from './definition-text.ts';
import { mysqlErrno } from './errno.ts';
import { quoteTable, type TableAt } from './foreign-keys.ts';
import type { SqlSession } from './sql-session.ts';

export type Sequence = NonNullable<FragmentFile['sequences']>[number];

/** As SHOW CREATE TABLE spells the use of a sequence in a default. */
const use = /\b(?:nextval|lastval|setval)\(`((?:[^`]|``)+)`\.`((?:[^`]|``)+)`/g;

/** Sequences that the defaults of a table may draw from. */
export function sequencesNamedIn(createTable: string): TableAt[] {
  const found = new Map<string, TableAt>();
  for (const [, database, table] of createTable.matchAll(use)) {
    const at = { database: unquoted(database!), table: unquoted(table!) };
    found.set(quoteTable(at), at);
  }
  return [...found.values()];
}

const unquoted = (name: string) => name.replaceAll('``', '`');

/** Those of them that are there, each with the value it goes on at. */
export async function readSequencesOf(connection: SqlSession, createTable: string): Promise<Sequence[]> {
  const sequences: Sequence[] = [];
  for (const { database, table: name } of sequencesNamedIn(createTable)) {
    try {
      const [shown] = await connection.query(`SHOW CREATE SEQUENCE ${quoteTable({ database, table: name })}`);
      const next = await nextOfSequence(connection, { database, table: name });
      sequences.push({ database, name, create: text(shown?.['Create Table']), next });
    } catch (error) {
      if (!goneNumbers.includes(mysqlErrno(error) ?? 0)) throw error; // a comment may name what is not there
    }
  }
  return sequences;
}

const goneNumbers = [1049, 1146, 4089, 4091]; // no database, no table, no sequence

/** No value from here on has been given to anybody; some before it may not have been either. */
export async function nextOfSequence(connection: SqlSession, at: TableAt): Promise<string> {
  const [row] = await connection.query(`SELECT CAST(next_not_cached_value AS CHAR) AS next FROM ${quoteTable(at)}`);
  return text(row?.next);
}

/**
 * Makes those that are not there, to go on where they were; one that is there stays as it is. Tables that draw from the
 * same one may ask for it at once: SETVAL never sets a sequence back.
 */
export async function makeMissingSequences(
  connection: MysqlConnection,
  sequences: readonly Sequence[],
  collation: string,
): Promise<void> {
  for (const { database, name, create, next } of sequences) {
    const at = { database, table: name };
    if (await tableExists(connection, at)) continue;
    await createDatabase(connection, database, collation);
    await connection.execute(
      create.replace(/^CREATE SEQUENCE `(?:[^`]|``)+`/, () => `CREATE SEQUENCE IF NOT EXISTS ${quoteTable(at)}`),
    );
    await raiseSequence(connection, at, BigInt(next));
  }
}

/** It goes on at `next`, or where it was when that is further. */
export async function raiseSequence(connection: SqlSession, at: TableAt, next: bigint): Promise<void> {
  await connection.query(`SELECT SETVAL(${quoteTable(at)}, ${next}, 0)`);
}
