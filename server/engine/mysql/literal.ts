/**
 * Text as a literal inside DDL, where the server takes no parameters (comments). It is written as SHOW CREATE TABLE
 * writes it, so that the two can be compared. Right under any sql_mode without NO_BACKSLASH_ESCAPES and under a
 * character set in which a backslash is no second byte: utf8mb4.
 */
export function quoteText(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "''")
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\0', '\\0');
  return `'${escaped}'`;
}
