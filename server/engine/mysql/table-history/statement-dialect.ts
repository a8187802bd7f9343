import type { StatementSession } from '../binlog/statement-session.ts';
import type { SqlDialect } from './sql-tokens.ts';

const ansiQuotes = 4n;
const noBackslashEscapes = 0x100000n;

/** How a statement's text is to be read. */
export function dialectOf(session: StatementSession | null): SqlDialect {
  if (session?.sqlMode === undefined) return {};
  return {
    ansiQuotes: (session.sqlMode & ansiQuotes) !== 0n,
    plainBackslashes: (session.sqlMode & noBackslashEscapes) !== 0n,
  };
}
