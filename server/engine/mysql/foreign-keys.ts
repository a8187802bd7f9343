import { generatedName } from '#server/engine/generated-name.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import { quoteIdentifier } from './identifier.ts';

export type ForeignKey = FragmentFile['foreignKeys'][number];

/** A table by database and name, unquoted. */
export interface TableAt {
  database: string;
  table: string;
}

export const quoteTable = (at: TableAt) => `${quoteIdentifier(at.database)}.${quoteIdentifier(at.table)}`;

/** One ALTER that drops foreign keys by name; null for none. Their indexes stay. */
export function dropForeignKeysStatement(at: TableAt, names: readonly string[]): string | null {
  if (names.length === 0) return null;
  return `ALTER TABLE ${quoteTable(at)} ${names.map((name) => `DROP FOREIGN KEY ${quoteIdentifier(name)}`).join(', ')}`;
}

/**
 * One ALTER that adds foreign keys to `at`, naming each by `nameOf`. A key that refers to its own table (`self`, as it
 * was when the key was recorded) refers to `at` afterwards; every other one refers to what it referred to. Null for
 * none. Without `foreign_key_checks` the rows are not checked: they came from a table that had the keys.
 */
export function addForeignKeysStatement(
  at: TableAt,
  self: TableAt,
  keys: readonly ForeignKey[],
  nameOf: (key: ForeignKey) => string,
): string | null {
  if (keys.length === 0) return null;
  const clauses = keys.map((key) => {
    const refersToSelf = key.refDatabase === self.database && key.refTable === self.table;
    const target = refersToSelf ? at : { database: key.refDatabase, table: key.refTable };
    return [
      `ADD CONSTRAINT ${quoteIdentifier(nameOf(key))} FOREIGN KEY (${columnList(key.columns)})`,
      `REFERENCES ${quoteTable(target)} (${columnList(key.refColumns)})`,
      action('ON DELETE', key.onDelete),
      action('ON UPDATE', key.onUpdate),
    ]
      .filter(Boolean)
      .join(' ');
  });
  return `ALTER TABLE ${quoteTable(at)} ${clauses.join(', ')}`;
}

/** A constraint name that no other attempt has made: `<name>_<attempt short>`, cut to 64 characters. */
export const freshKeyName = (name: string, suffix: string) => generatedName(name, `_${suffix}`, 'mysql');

const columnList = (names: readonly string[]) => names.map(quoteIdentifier).join(', ');

const actions = new Set(['CASCADE', 'SET NULL', 'NO ACTION', 'SET DEFAULT']);

/** RESTRICT is what stands there when nothing does; written out, MariaDB turns it into NO ACTION. */
function action(when: string, recorded: string): string {
  return actions.has(recorded) ? `${when} ${recorded}` : '';
}
