import type { TableName } from '#server/contract/table-name.ts';
import { generatedName } from '#server/engine/generated-name.ts';

const klustronDatabase = (name: TableName) => `${name.database}_$$_${name.schema}`;

/**
 * The storage database of a fragment under its new name. A cluster that names storage databases `<database>_$$_<schema>`
 * keeps doing so; any other keeps the name its rows had. Beside the live table, in one schema, nothing changes.
 */
export function storageDatabase(sourceDatabase: string, source: TableName, target: TableName): string {
  // lower_case_table_names=1 may have folded what the rule says.
  const follows = sourceDatabase.toLowerCase() === klustronDatabase(source).toLowerCase();
  const moves = source.database !== target.database || source.schema !== target.schema;
  return follows && moves ? klustronDatabase(target) : sourceDatabase;
}

/** A relation's name as a table name on a storage node, which takes fewer characters than PostgreSQL does. */
export function storageTable(relation: string): string {
  // No characters beyond the BMP, no space at the end.
  const allowed = relation.replaceAll(/[\u{10000}-\u{10ffff}\0]/gu, '_').replace(/\s+$/u, '_');
  return allowed === relation ? relation : generatedName(`${allowed}~${relation.length}`, '', 'mysql');
}
