import type { SqlSession } from './sql-session.ts';

/** The sql_mode definitions are read and written under: one that changes no spelling and hides no engine. */
export const definitionSqlMode = 'NO_ENGINE_SUBSTITUTION';

const settings = [
  'sql_mode',
  'sql_quote_show_create',
  'character_set_client',
  'character_set_results',
  'collation_connection',
] as const;

/**
 * Runs `work` with the session set so that SHOW CREATE and the catalogs answer in UTF-8, quoted, in one spelling,
 * whatever the caller reads rows with; the caller's own settings are back afterwards. Begins and ends no transaction.
 */
export async function inDefinitionSession<T>(connection: SqlSession, work: () => Promise<T>): Promise<T> {
  const [before] = await connection.query(`SELECT ${settings.map((name) => `@@${name} AS ${name}`).join(', ')}`);
  await connection.execute('SET NAMES utf8mb4');
  await connection.execute(`SET sql_mode = '${definitionSqlMode}', sql_quote_show_create = 1`);
  const restore = async () => {
    for (const name of settings) await connection.execute(`SET ${name} = ${settingLiteral(before![name])}`);
  };
  try {
    const result = await work();
    await restore();
    return result;
  } catch (error) {
    await restore().catch(() => {}); // the connection may be gone: the first error is the one that matters
    throw error;
  }
}

/** Values that the server gave for its own variables: words, lists of words, numbers or NULL. */
function settingLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  const text = String(value);
  return /^\d+$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`;
}
