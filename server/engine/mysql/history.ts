import type { FragmentColumn } from '#server/manifest/schema.ts';
import { quoteTable, type TableAt } from './foreign-keys.ts';
import { quoteIdentifier } from './identifier.ts';
import type { SqlSession } from './sql-session.ts';

type Declared = Pick<FragmentColumn, 'name' | 'declared'>;

/** Whether rows of the past are read along, each with its own period. */
export const keepsHistory = (columns: readonly Declared[]): boolean => periodOf(columns) !== null;

/**
 * What stands behind a table's name to read all rows that a server takes back: of a versioned table those of the past
 * too, but for the ones that lasted no time. No question as of an instant ever shows those, and INSERT refuses them.
 */
export function allRowsClause(columns: readonly Declared[]): string {
  const period = periodOf(columns);
  return period ? ` FOR SYSTEM_TIME ALL WHERE ${period.start} < ${period.end}` : '';
}

/** What a backup of a versioned table leaves out, in sentences. `columns` are those that are read. */
export async function leftOfHistory(
  connection: SqlSession,
  at: TableAt,
  columns: readonly Declared[],
): Promise<string[]> {
  const name = `${at.database}.${at.table}`;
  const period = periodOf(columns);
  if (!period) {
    return [
      `rows of the past of ${name} are left out, and its row start and end count anew: they are numbers of transactions, which no server takes back`,
    ];
  }
  const [row] = await connection.query(
    `SELECT count(*) AS n FROM ${quoteTable(at)} FOR SYSTEM_TIME ALL WHERE ${period.start} >= ${period.end}`,
  );
  const count = Number(row?.n ?? 0);
  return count === 0
    ? []
    : [`of ${name}, rows of the past that lasted no time are left out, which no server takes back: ${count} in all`];
}

function periodOf(columns: readonly Declared[]): { start: string; end: string } | null {
  const named = (end: string) => columns.find(({ declared }) => declared.endsWith(end))?.name;
  const [start, end] = [named('ROW START'), named('ROW END')];
  return start !== undefined && end !== undefined ? { start: quoteIdentifier(start), end: quoteIdentifier(end) } : null;
}
