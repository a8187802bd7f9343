import type { MariadbServer } from '#lab/mariadb-server.ts';
import { TidemarkError } from '#server/base/error.ts';

/** By table name: what the server itself says of rows (CHECKSUM TABLE) and definition (SHOW CREATE TABLE). */
export type Content = ReadonlyMap<string, { checksum: string; definition: string }>;

/**
 * Reads every row of these tables by SQL alone: nothing of either side is used. Errors: `restore/not-equal` when one is
 * not there.
 */
export async function contentOf(server: MariadbServer, database: string, tables: readonly string[]): Promise<Content> {
  const checksums = secondColumn(await server.sql(checksumTables(tables), database));
  const missing = tables.find((_, at) => checksums[at] === 'NULL');
  if (missing !== undefined) throw notThere(`${database}.${missing}`);
  const shown = await server.sql(tables.map((table) => `SHOW CREATE TABLE ${table};`).join('\n'), database);
  const definitions = secondColumn(shown);
  return new Map(tables.map((table, at) => [table, { checksum: checksums[at]!, definition: definitions[at]! }]));
}

const secondColumn = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(line.indexOf('\t') + 1));

export const checksumTables = (tables: readonly string[]): string => `CHECKSUM TABLE ${tables.join(', ')} EXTENDED`;

/** Errors: `restore/not-equal` naming the first table that differs and in what. */
export function refuseDifference(source: Content, copy: Content, maker: string): void {
  for (const [table, wanted] of source) {
    const found = copy.get(table);
    if (!found) throw notThere(`the copy of ${table} by ${maker}`);
    const differs = found.checksum !== wanted.checksum ? 'rows' : 'definition';
    if (found.checksum === wanted.checksum && found.definition === wanted.definition) continue;
    throw new TidemarkError('restore/not-equal', `the copy of ${table} by ${maker} differs in its ${differs}`, {
      hint: 'No figure is told of copies that are not equal.',
      context: { table, wanted: wanted[differs === 'rows' ? 'checksum' : 'definition'], found },
    });
  }
}

const notThere = (what: string) => new TidemarkError('restore/not-equal', `${what} is not there or cannot be read`);
