import type { CoverageView } from '#server/contract/coverage.ts';
import { textFields, textTable } from '../text-table.ts';

/**
 * Ranges and gaps as they follow each other, oldest first. Instants are whole, to the millisecond: each is one that
 * `restore --at` takes.
 */
export function rangeText(asked: { cluster: string; table: string; coverage: CoverageView }): string {
  const { cluster, table, coverage } = asked;
  const { ranges, gaps, safeUntil, backups } = coverage;
  const rows = [
    ...ranges.map(({ from, to }) => ({ from, to, what: from === to ? 'this instant' : 'any instant' })),
    ...gaps.map(({ from, to, reason }) => ({ from, to, what: `none: ${reason}` })),
  ].sort((a, b) => Date.parse(a.from) - Date.parse(b.from) || Date.parse(a.to) - Date.parse(b.to));
  const head = textFields([
    ['table', `${table} of ${cluster}`],
    ['recoverable until', safeUntil ?? 'no instant'],
    ['backups', backups.length],
    ['times in', 'UTC'],
  ]);
  const none =
    backups.length === 0 ? `nothing to restore yet: no backup holds ${table}` : 'no instant can be brought back';
  return `${head}\n${textTable(
    ['from', 'to', 'recoverable'],
    rows.map(({ from, to, what }) => [from, to, what]),
    none,
  )}`;
}
