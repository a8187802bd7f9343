import type { FragmentFile } from '#server/manifest/schema.ts';
import type { TableAt } from './foreign-keys.ts';
import { quoteTable } from './foreign-keys.ts';
import { quoteIdentifier } from './identifier.ts';

export type Trigger = FragmentFile['triggers'][number];

/**
 * CREATE TRIGGER on `at` under the name `name`, from the catalog's parts. A trigger lives in its table's database. Run
 * it under the trigger's own `sqlMode`; another definer than oneself needs SET USER (MySQL: SET_USER_ID).
 */
export function createTriggerStatement(at: TableAt, name: string, trigger: Trigger): string {
  const place = `${quoteIdentifier(at.database)}.${quoteIdentifier(name)}`;
  return [
    `CREATE DEFINER=${quoteDefiner(trigger.definer)} TRIGGER ${place}`,
    `${trigger.timing} ${trigger.event} ON ${quoteTable(at)} FOR EACH ROW`,
    trigger.statement,
  ].join(' ');
}

export const dropTriggerStatement = (database: string, name: string) =>
  `DROP TRIGGER IF EXISTS ${quoteIdentifier(database)}.${quoteIdentifier(name)}`;

/** `user@host`, as the catalogs write it, in quotes; the last @ divides, because a user may hold one. */
export function quoteDefiner(definer: string): string {
  const at = definer.lastIndexOf('@');
  if (at < 0) return quoteIdentifier(definer); // a role
  return `${quoteIdentifier(definer.slice(0, at))}@${quoteIdentifier(definer.slice(at + 1))}`;
}
