import { columnFormat, type FragmentColumn } from '#server/manifest/schema.ts';
import { parseDeclaredType } from './canonical/declared-type.ts';
import { quoteIdentifier } from './identifier.ts';

/**
 * The format a column is read in. An ENUM with an empty member has two values that read as '': that member, and the
 * error value 0. Only their numbers tell them apart.
 */
export function formatOfColumn(declared: string): number {
  if (!/^enum\(/i.test(declared)) return columnFormat.asSent;
  return parseDeclaredType(declared).members.includes('') ? columnFormat.enumNumber : columnFormat.asSent;
}

/** What is selected to read these columns, in their order, each in its format. */
export function selectList(columns: readonly Pick<FragmentColumn, 'name' | 'format'>[]): string {
  return columns.map(expression).join(', ');
}

function expression({ name, format }: Pick<FragmentColumn, 'name' | 'format'>): string {
  const quoted = quoteIdentifier(name);
  return format === columnFormat.enumNumber ? `CAST(${quoted} AS UNSIGNED)` : quoted;
}
