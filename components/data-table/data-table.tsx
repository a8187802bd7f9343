'use client';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { cn } from '#components/ui/cn.ts';
import { ErrorPanel, type ShownFailure } from '#components/ui/error-panel.tsx';
import { type Column, type Sort, tracks } from './column.ts';
import { EndWatch } from './end-watch.tsx';
import { useRowKeys } from './row-keys.ts';
import { useRowWindow } from './row-window.ts';
import { headState, type Selection, toggleAll, toggleOne, toggleRange } from './selection.ts';
import { SkeletonRows } from './skeleton-rows.tsx';
import { sortRows } from './sort.ts';
import { TableHead } from './table-head.tsx';
import { TableRow } from './table-row.tsx';

export interface DataTableProps<Row> {
  /** What the rows are, read aloud: "Tables of bank". */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Where a row leads; its primary cell becomes the link. */
  rowHref?: (row: Row) => string;
  /** The first rows are not there yet. Rows that are there stay in sight while newer ones load. */
  loading?: boolean;
  failure?: ShownFailure | null;
  /** Beside the failure: a retry button. */
  failureAction?: ReactNode;
  /** An EmptyState: what would be here and the step that fills it. */
  empty: ReactNode;
  /** Rows are sorted elsewhere (the server): the table only says what is asked for. */
  sort?: Sort;
  onSort?: (sort: Sort | undefined) => void;
  /** Ticks with shift spans; `name` is what a row is called aloud. */
  selection?: { selected: Selection; onChange: (selected: Selection) => void; name: (row: Row) => string };
  /** More rows exist: called when the end comes near, until it is no longer given. */
  onEndReached?: () => void;
  /** How many rows there are in all, when only some are loaded. */
  total?: number;
  /** Gives the table its own scrolling box, such as in a dialog. Without it rows scroll with the page. */
  maxHeight?: string;
  className?: string;
}

/** Rows with fixed columns: 10 or 20,000 of them, links by row, cards where it is narrow. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rowKey, selection, onEndReached, maxHeight, total } = props;
  const [ownSort, setOwnSort] = useState<Sort>();
  const sort = props.onSort ? props.sort : ownSort;
  const rows = useMemo(
    () => (props.onSort ? props.rows : sortRows(props.rows, columns, ownSort)),
    [props.onSort, props.rows, columns, ownSort],
  );
  const keys = useMemo(() => rows.map(rowKey), [rows, rowKey]);
  const anchor = useRef<string>(undefined);
  const body = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const boxed = maxHeight !== undefined;
  const walk = useRowKeys(body, rows.length);
  const view = useRowWindow({ count: rows.length, kept: walk.kept, boxed, scroller, body });

  const press = (key: string, shift: boolean) => {
    if (!selection) return;
    const { selected, onChange } = selection;
    onChange(shift ? toggleRange(selected, keys, anchor.current, key) : toggleOne(selected, key));
    anchor.current = key;
  };
  const drawn = view.items?.map((item) => item.index) ?? rows.keys();
  const firstLoad = props.loading === true && rows.length === 0 && !props.failure;

  return (
    <div
      ref={scroller}
      className={cn('@container/table min-w-0 rounded-b-3', boxed && 'overflow-y-auto', props.className)}
      style={{ ...tracks(columns, selection !== undefined), ...(boxed ? { maxHeight } : {}) }}
    >
      {props.failure ? (
        <ErrorPanel failure={props.failure} className="m-3">
          {props.failureAction}
        </ErrorPanel>
      ) : null}
      {/* biome-ignore lint/a11y/useSemanticElements: rows are placed one by one when there are thousands */}
      <div
        role="table"
        aria-label={label}
        aria-busy={props.loading || undefined}
        aria-rowcount={(total ?? rows.length) + 1}
      >
        <TableHead
          columns={columns}
          sort={sort}
          onSort={props.onSort ?? setOwnSort}
          sticky={boxed ? 'box' : 'page'}
          tick={
            selection && {
              state: headState(selection.selected, keys),
              onToggle: () => selection.onChange(toggleAll(selection.selected, keys)),
            }
          }
        />
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        <div
          role="rowgroup"
          ref={body}
          className={view.items ? 'relative' : undefined}
          style={view.items ? { height: view.height } : undefined}
          onFocus={walk.onFocus}
          onBlur={walk.onBlur}
          onKeyDown={(event) => walk.onKeyDown(event, view.scrollTo)}
        >
          {Array.from(drawn, (index, place) => {
            const row = rows[index]!;
            const key = keys[index]!;
            const item = view.items?.[place];
            return (
              <TableRow
                key={key}
                row={row}
                index={index}
                columns={columns}
                href={props.rowHref?.(row)}
                last={index === rows.length - 1}
                innerRef={item ? view.measure : undefined}
                style={
                  item && {
                    position: 'absolute',
                    insetInline: 0,
                    top: 0,
                    transform: `translateY(${item.start - view.offset}px)`,
                  }
                }
                tick={
                  selection && {
                    on: selection.selected.has(key),
                    label: `Choose ${selection.name(row)}`,
                    onPress: (shift) => press(key, shift),
                  }
                }
              />
            );
          })}
        </div>
      </div>
      {firstLoad ? <SkeletonRows columns={columns} count={8} selectable={selection !== undefined} /> : null}
      {rows.length === 0 && !props.loading && !props.failure ? props.empty : null}
      {onEndReached && rows.length > 0 ? (
        <>
          <EndWatch onReached={onEndReached} count={rows.length} scroller={scroller} />
          <SkeletonRows columns={columns} count={2} selectable={selection !== undefined} />
        </>
      ) : null}
      <span role="status" className="sr-only">
        {firstLoad ? 'Loading' : ''}
      </span>
    </div>
  );
}
