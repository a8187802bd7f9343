import type { SqlToken } from './sql-tokens.ts';
import { isWord, type NamedTable, TokenCursor } from './token-cursor.ts';

const callsCode = ['SELECT', 'CALL', 'DO', 'WITH'];

/**
 * Every name in a statement that may be that of a table: words that mean something else are among them. null: it calls
 * code, so that any table may be meant; or nothing is known of it.
 */
export function mentionedTables(tokens: readonly SqlToken[]): NamedTable[] | null {
  const first = tokens[0];
  if (!first || callsCode.some((word) => isWord(first, word))) return null;
  const found: NamedTable[] = [];
  const cursor = new TokenCursor(tokens);
  while (!cursor.ended) {
    const { at } = cursor;
    const table = cursor.table();
    if (!table) {
      cursor.at = at + 1;
      continue;
    }
    found.push(table);
    // a.b may be a column of a table that is named so.
    if (table.database !== null) found.push({ ...table, database: null, table: table.database });
  }
  return found;
}
