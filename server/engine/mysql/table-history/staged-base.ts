import type { FragmentFile } from '#server/manifest/schema.ts';
import type { MysqlConnection } from '../connection.ts';
import type { FragmentDefinition } from '../definition.ts';
import { addForeignKeysStatement, dropForeignKeysStatement, type TableAt } from '../foreign-keys.ts';
import { quoteIdentifier } from '../identifier.ts';
import { makeMissingSequences } from '../sequences.ts';
import { openStagingSession } from '../staging.ts';
import type { StagedNames } from './staged-names.ts';

/**
 * Makes the empty table of a backup's fragment in the scratch database, whole: with its indexes and its foreign keys, so
 * that statements of the log find what they change. Keys refer to tables that are not there; none reaches a live one.
 * Errors: those of the connection.
 */
export async function stageBase(
  connection: MysqlConnection,
  names: StagedNames,
  fragment: Pick<
    FragmentFile,
    'database' | 'table' | 'createTable' | 'sqlMode' | 'foreignKeys' | 'sequences' | 'databaseCollation'
  >,
): Promise<TableAt> {
  const original = { database: fragment.database, table: fragment.table };
  const at = names.staged(original);
  await makeScratch(connection, names, fragment.databaseCollation);
  await connection.execute('SET SESSION sql_mode = ?', [fragment.sqlMode]);
  await makeMissingSequences(connection, fragment.sequences ?? [], fragment.databaseCollation);
  await connection.execute(fragment.createTable);
  const { foreignKeys } = fragment;
  if (foreignKeys.length === 0) return at;
  await connection.execute(
    dropForeignKeysStatement(
      at,
      foreignKeys.map(({ name }) => name),
    )!,
  );
  const staged = foreignKeys.map((key) => {
    const isOwn = key.refDatabase === original.database && key.refTable === original.table;
    const target = isOwn ? at : names.referred({ database: key.refDatabase, table: key.refTable });
    return { ...key, refDatabase: target.database, refTable: target.table };
  });
  await connection.execute(addForeignKeysStatement(at, at, staged, ({ name }) => name)!);
  return at;
}

/** The scratch database, as a database of the source was. */
export async function makeScratch(
  connection: MysqlConnection,
  { scratch }: StagedNames,
  collation: string,
): Promise<void> {
  await openStagingSession(connection, '');
  await connection.execute(`CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(scratch)}`);
  await connection.execute(`USE ${quoteIdentifier(scratch)}`);
  await connection.execute(`ALTER DATABASE ${quoteIdentifier(scratch)} COLLATE ${quoteIdentifier(collation)}`);
}

/** Foreign keys of the staged table as they are in the source, where it is called `name`. */
export function foreignKeysOf(
  names: StagedNames,
  { foreignKeys }: Pick<FragmentDefinition, 'foreignKeys'>,
  at: TableAt,
  name: TableAt,
): FragmentFile['foreignKeys'] {
  return foreignKeys.map((key) => {
    const isOwn = key.refDatabase === at.database && key.refTable === at.table;
    const target = isOwn ? name : names.original({ database: key.refDatabase, table: key.refTable });
    return target ? { ...key, refDatabase: target.database, refTable: target.table } : key;
  });
}
