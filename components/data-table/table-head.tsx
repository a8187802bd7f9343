import { ArrowDown, ArrowUp } from 'lucide-react';
import { Checkbox } from '#components/ui/checkbox.tsx';
import { cn } from '#components/ui/cn.ts';
import type { Column, Sort } from './column.ts';
import { nextSort } from './sort.ts';

/** The grid every row and the header share; the tracks come from the table as CSS variables. */
export const rowGrid =
  'grid grid-cols-(--tracks) items-center gap-x-4 px-3 @min-[760px]/table:grid-cols-(--tracks-middle) @min-[1000px]/table:grid-cols-(--tracks-wide) @max-[600px]/table:flex @max-[600px]/table:flex-wrap @max-[600px]/table:gap-x-3 @max-[600px]/table:gap-y-0.5 @max-[600px]/table:px-3 @max-[600px]/table:py-2';

export const hideClass = {
  middle: '@max-[760px]/table:hidden @max-[600px]/table:hidden',
  wide: '@max-[1000px]/table:hidden @max-[600px]/table:hidden',
};

/** Column names; the sortable ones are buttons. Gone where rows are cards: there each value carries its name. */
export function TableHead<Row>({
  columns,
  sort,
  onSort,
  tick,
  sticky,
}: {
  columns: readonly Column<Row>[];
  sort: Sort | undefined;
  onSort: (sort: Sort | undefined) => void;
  tick?: { state: boolean | 'indeterminate'; onToggle: () => void };
  sticky: 'page' | 'box';
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows are placed one by one when there are thousands; a tr cannot be
    <div
      role="rowgroup"
      className={cn(
        'sticky z-[5] border-b border-line bg-surface',
        sticky === 'page' ? 'top-bar rounded-t-3' : 'top-0',
      )}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the buttons in it take the focus */}
      <div role="row" className={cn(rowGrid, 'min-h-[29px] text-11 text-ink-3', !tick && '@max-[600px]/table:hidden')}>
        {tick === undefined ? null : (
          // biome-ignore lint/a11y/useSemanticElements: see above
          // biome-ignore lint/a11y/useFocusableInteractive: the checkbox in it takes the focus
          <div role="columnheader" className="flex items-center gap-2">
            <Checkbox checked={tick.state} onCheckedChange={tick.onToggle} aria-label="All listed rows" />
            <span aria-hidden="true" className="hidden @max-[600px]/table:inline">
              All listed
            </span>
          </div>
        )}
        {columns.map((column) => {
          const active = sort?.key === column.key ? sort.direction : undefined;
          const Arrow = active === 'desc' ? ArrowDown : ArrowUp;
          return (
            // biome-ignore lint/a11y/useSemanticElements: see above
            // biome-ignore lint/a11y/useFocusableInteractive: the button in it takes the focus
            <div
              key={column.key}
              role="columnheader"
              aria-sort={active === 'asc' ? 'ascending' : active === 'desc' ? 'descending' : undefined}
              className={cn(
                'min-w-0 truncate font-medium whitespace-nowrap @max-[600px]/table:hidden',
                column.num && 'text-right',
                column.hideBelow && hideClass[column.hideBelow],
              )}
            >
              {column.sortBy === undefined ? (
                column.header
              ) : (
                <button
                  type="button"
                  onClick={() => onSort(nextSort(sort, column.key, column.num ?? false))}
                  className={cn(
                    'group inline-flex max-w-full items-center gap-1 rounded-1 align-top font-medium -outline-offset-2 hover:text-ink',
                    column.num && 'flex-row-reverse',
                    active && 'text-ink',
                  )}
                >
                  <span className="truncate">{column.header}</span>
                  <Arrow
                    aria-hidden="true"
                    className={cn('size-3 shrink-0', !active && 'opacity-0 group-hover:opacity-50')}
                  />
                </button>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
