import Link from 'next/link';
import type { CSSProperties, MouseEvent, Ref } from 'react';
import { Checkbox } from '#components/ui/checkbox.tsx';
import { cn } from '#components/ui/cn.ts';
import { type Column, primaryKey } from './column.ts';
import { hideClass, rowGrid } from './table-head.tsx';

export interface RowTick {
  on: boolean;
  /** Read aloud: "Choose transfer_account". */
  label: string;
  onPress: (shift: boolean) => void;
}

/**
 * One row. Its primary cell is the link; a press anywhere else in the row that hits no control and selects no text
 * follows it, with the same keys held. `data-stop` marks what the arrow keys walk along.
 */
export function TableRow<Row>({
  row,
  index,
  columns,
  href,
  tick,
  innerRef,
  style,
  last,
}: {
  row: Row;
  index: number;
  columns: readonly Column<Row>[];
  href?: string;
  tick?: RowTick;
  innerRef?: Ref<HTMLDivElement>;
  style?: CSSProperties;
  last: boolean;
}) {
  const primary = primaryKey(columns);
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows are placed one by one when there are thousands; a tr cannot be
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link in the row answers the keyboard
    // biome-ignore lint/a11y/useFocusableInteractive: the link in the row takes the focus
    <div
      role="row"
      ref={innerRef}
      data-index={index}
      aria-rowindex={index + 2}
      style={style}
      onClick={href === undefined ? undefined : followRow}
      className={cn(
        rowGrid,
        'min-h-[33px] border-line py-[5px] hover:bg-hover has-[[data-stop=link]:focus-visible]:outline-2 has-[[data-stop=link]:focus-visible]:-outline-offset-2 has-[[data-stop=link]:focus-visible]:outline-accent',
        !last && 'border-b',
        href !== undefined && 'cursor-pointer',
        tick?.on && 'bg-accent-soft hover:bg-accent-soft',
      )}
    >
      {tick === undefined ? null : (
        // biome-ignore lint/a11y/useSemanticElements: see above
        <div role="cell" className="flex items-center">
          <Checkbox
            data-stop="tick"
            checked={tick.on}
            aria-label={tick.label}
            onClick={(event) => tick.onPress(event.shiftKey)}
          />
        </div>
      )}
      {columns.map((column) => {
        const content = column.cell(row);
        const named = column.key === primary;
        return (
          // biome-ignore lint/a11y/useSemanticElements: see above
          <div
            key={column.key}
            role="cell"
            className={cn(
              'min-w-0 truncate @max-[600px]/table:inline-flex @max-[600px]/table:max-w-full @max-[600px]/table:items-center @max-[600px]/table:gap-1.5',
              column.num && 'text-right whitespace-nowrap tabular-nums',
              column.hideBelow && hideClass[column.hideBelow],
              named &&
                (tick === undefined
                  ? '@max-[600px]/table:block @max-[600px]/table:basis-full'
                  : '@max-[600px]/table:block @max-[600px]/table:basis-[calc(100%-28px)]'),
            )}
          >
            {named ? null : (
              <span aria-hidden="true" className="hidden shrink-0 text-11 text-ink-3 @max-[600px]/table:inline">
                {column.header}
              </span>
            )}
            {named && href !== undefined ? (
              <Link
                href={href}
                data-stop="link"
                prefetch={false}
                className="link min-w-0 truncate font-medium focus-visible:outline-none"
              >
                {content}
              </Link>
            ) : (
              <span className="@max-[600px]/table:min-w-0 @max-[600px]/table:truncate">{content}</span>
            )}
          </div>
        );
      })}
    </div>
  );
}

function followRow(event: MouseEvent<HTMLDivElement>): void {
  if ((event.target as Element).closest('a,button,input,select,textarea,label,[role=checkbox]')) return;
  if (window.getSelection()?.toString()) return;
  const { ctrlKey, metaKey, shiftKey } = event;
  event.currentTarget
    .querySelector('[data-stop=link]')
    ?.dispatchEvent(
      new globalThis.MouseEvent('click', { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }),
    );
}
