import type { ReactNode } from 'react';

export type Sortable = string | number | bigint | Date | boolean | null | undefined;

/** One column. Widths are fixed shares, so rows that load later never move the ones in sight. */
export interface Column<Row> {
  key: string;
  header: ReactNode;
  cell: (row: Row) => ReactNode;
  /** Digits: aligned right, never wrapped. */
  num?: boolean;
  /** A CSS grid track such as `"120px"` or `"minmax(0,2fr)"`. */
  width?: string;
  /** Makes the header a button; without `onSort` on the table the rows are sorted by this in the browser. */
  sortBy?: (row: Row) => Sortable;
  /** Leaves the column out where the table itself is narrow (below 760 px) or not wide (below 1000 px). */
  hideBelow?: 'middle' | 'wide';
  /** The row's name: it becomes the link and heads the card on a phone. Default: the first column. */
  primary?: boolean;
}

export interface Sort {
  key: string;
  direction: 'asc' | 'desc';
}

export function primaryKey<Row>(columns: readonly Column<Row>[]): string | undefined {
  return (columns.find((column) => column.primary) ?? columns[0])?.key;
}

/** The grid tracks at each of the table's three widths, as CSS variables. */
export function tracks<Row>(columns: readonly Column<Row>[], selectable: boolean): Record<string, string> {
  const template = (shown: (column: Column<Row>) => boolean) =>
    [selectable ? '16px' : undefined, ...columns.filter(shown).map(track)].filter(Boolean).join(' ');
  return {
    '--tracks': template((column) => column.hideBelow === undefined),
    '--tracks-middle': template((column) => column.hideBelow !== 'wide'),
    '--tracks-wide': template(() => true),
  };
}

function track<Row>(column: Column<Row>): string {
  return column.width ?? (column.num ? 'minmax(72px,.45fr)' : 'minmax(0,1fr)');
}
