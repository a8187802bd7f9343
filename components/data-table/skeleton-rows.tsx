import { cn } from '#components/ui/cn.ts';
import { Skeleton } from '#components/ui/skeleton.tsx';
import type { Column } from './column.ts';
import { hideClass, rowGrid } from './table-head.tsx';

const widths = ['w-3/5', 'w-2/5', 'w-1/2'];

/** Rows at full size before their content is there. */
export function SkeletonRows<Row>({
  columns,
  count,
  selectable,
}: {
  columns: readonly Column<Row>[];
  count: number;
  selectable: boolean;
}) {
  return (
    <div aria-hidden="true">
      {Array.from({ length: count }, (_, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows have nothing else to be told apart by
          key={index}
          className={cn(rowGrid, 'min-h-[33px] border-b border-line py-[5px] last:border-b-0')}
        >
          {selectable ? <Skeleton className="size-4" /> : null}
          {columns.map((column, place) => (
            <div
              key={column.key}
              className={cn(
                'min-w-0',
                column.hideBelow && hideClass[column.hideBelow],
                // As a card: the name, then a line of values.
                place === 0 ? '@max-[600px]/table:basis-full' : '@max-[600px]/table:basis-1/4',
                place > 2 && '@max-[600px]/table:hidden',
              )}
            >
              <Skeleton
                className={cn(column.num ? 'ml-auto w-12 @max-[600px]/table:ml-0' : widths[(index + place) % 3])}
              />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
