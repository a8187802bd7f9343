/** A name as the server reads it in SQL, whatever characters it holds. */
export function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
