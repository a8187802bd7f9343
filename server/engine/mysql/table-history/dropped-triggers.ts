import type { HistoryStatement } from './history.ts';
import { readDefinition } from './read-definition.ts';
import { tokenizeSql } from './sql-tokens.ts';
import { dialectOf } from './statement-dialect.ts';

/** Names of the triggers that these statements dropped or put others in the place of. */
export function droppedTriggers(statements: readonly HistoryStatement[]): Set<string> {
  const dropped = new Set<string>();
  for (const { sql, session } of statements) {
    const definition = readDefinition(tokenizeSql(sql, dialectOf(session)));
    if (definition.verb === 'drop trigger') dropped.add(definition.trigger.table);
    else if (definition.verb === 'create trigger' && definition.replaces) dropped.add(definition.trigger.table);
  }
  return dropped;
}
