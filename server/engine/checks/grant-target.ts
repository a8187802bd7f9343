import { quoteIdentifier } from '../mysql/identifier.ts';

/** `CURRENT_USER()` (`name@host`, unquoted, a name may hold `@`) → `'name'@'host'`, ready to be pasted. */
export function quoteAccount(currentUser: string): string {
  const at = currentUser.lastIndexOf('@');
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  return `${quote(currentUser.slice(0, at))}@${quote(currentUser.slice(at + 1))}`;
}

/** A database in a GRANT is a pattern: `_` and `%` of its real name must be escaped, or others would be granted too. */
export function quoteGrantDatabase(database: string): string {
  return `${quoteIdentifier(database.replace(/[\\%_]/g, '\\$&'))}.*`;
}
