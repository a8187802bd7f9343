import type { SqlToken } from './sql-tokens.ts';

/**
 * Functions that give something else when the same statement runs again with the same session and time. NOW() and its
 * kin are none of them: the log tells the time of the statement.
 */
const unsure = new Set([
  ...['UUID', 'UUID_SHORT', 'UUID_V4', 'UUID_V7', 'SYS_GUID', 'RAND', 'RANDOM_BYTES', 'SYSDATE'],
  ...['CONNECTION_ID', 'CURRENT_ROLE', 'CURRENT_USER', 'SESSION_USER', 'SYSTEM_USER', 'USER', 'DATABASE', 'SCHEMA'],
  ...['LAST_INSERT_ID', 'FOUND_ROWS', 'ROW_COUNT', 'VERSION', 'LOAD_FILE', 'BENCHMARK', 'SLEEP'],
  ...['GET_LOCK', 'IS_FREE_LOCK', 'IS_USED_LOCK', 'RELEASE_LOCK', 'MASTER_POS_WAIT', 'MASTER_GTID_WAIT'],
  ...['NEXTVAL', 'LASTVAL', 'SETVAL'],
]);
/** These are called without parentheses too. */
const bare = new Set(['CURRENT_USER', 'CURRENT_ROLE']);

/** The first call of such a function, as a person writes it; undefined: there is none. */
export function unsureFunction(tokens: readonly SqlToken[]): string | undefined {
  for (const [n, token] of tokens.entries()) {
    if (token.kind === 'sign' && token.value === '@' && tokens[n + 1]?.value === '@') return 'a server variable';
    if (token.kind !== 'word') continue;
    const word = token.value.toUpperCase();
    if (word === 'NEXT' && tokens[n + 1]?.value.toUpperCase() === 'VALUE') return 'NEXT VALUE';
    const next = tokens[n + 1];
    const isCalled = next?.kind === 'sign' && next.value === '(';
    if (unsure.has(word) && (isCalled || bare.has(word))) return `${word}()`;
  }
  return undefined;
}
