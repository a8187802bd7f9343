'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Column } from '#components/data-table/column.ts';
import { DataTable } from '#components/data-table/data-table.tsx';
import { SearchBox } from '#components/data-table/search-box.tsx';
import type { Selection } from '#components/data-table/selection.ts';
import { Ago } from '#components/format/ago.tsx';
import { formatBytes } from '#components/format/bytes.ts';
import { formatCompact, formatCount, plural } from '#components/format/number.ts';
import { failureOrNull } from '#components/trpc/failure.ts';
import type { ClusterTable } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';

const columns: Column<ClusterTable>[] = [
  { key: 'name', header: 'Table', cell: ({ name }) => <span title={name}>{name}</span>, width: 'minmax(0,3fr)' },
  { key: 'rows', header: 'Rows, about', num: true, cell: ({ estimatedRows }) => formatCompact(estimatedRows) },
  { key: 'bytes', header: 'Size', num: true, cell: ({ bytes }) => formatBytes(bytes) },
  {
    key: 'backup',
    header: 'Last backup',
    num: true,
    cell: ({ lastBackupAt }) => (lastBackupAt ? <Ago at={lastBackupAt} /> : '–'),
    hideBelow: 'middle',
  },
];

const rowKey = ({ name }: ClusterTable) => name;

/** Chooses tables by name out of any number of them; what is chosen stays chosen while one searches for others. */
export function TablePicker({
  clusterId,
  selected,
  onChange,
  maxHeight = '380px',
}: {
  clusterId: string;
  selected: Selection;
  onChange: (selected: Selection) => void;
  maxHeight?: string;
}) {
  const trpc = useTRPC();
  const [text, setText] = useState('');
  const found = useInfiniteQuery(
    trpc.table.search.infiniteQueryOptions(
      { clusterId, text: text || undefined, limit: 200 },
      { getNextPageParam: ({ nextCursor }) => nextCursor, placeholderData: (before) => before },
    ),
  );
  const rows = (found.data?.pages ?? []).flatMap(({ tables }) =>
    tables.filter(({ kind, problem }) => problem === null && (kind === 'table' || kind === 'partitioned')),
  );
  const hidden = [...selected].filter((name) => !rows.some((row) => row.name === name)).length;
  return (
    <div className="overflow-hidden rounded-2 border border-line">
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-1.5">
        <SearchBox label="Search tables" value={text} onSearch={setText} className="flex-1" />
        <span role="status" className="text-12 text-ink-2">
          {selected.size === 0 ? 'none chosen' : `${plural(selected.size, 'table')} chosen`}
          {hidden > 0 ? `, ${formatCount(hidden)} not in sight` : ''}
        </span>
        {selected.size === 0 ? null : (
          <Button size="small" variant="quiet" onClick={() => onChange(new Set())}>
            Choose none
          </Button>
        )}
      </div>
      <DataTable
        label="Tables to choose from"
        columns={columns}
        rows={rows}
        rowKey={rowKey}
        total={found.data?.pages[0]?.total}
        maxHeight={maxHeight}
        loading={found.isPending}
        failure={found.data === undefined ? failureOrNull(found.error) : null}
        selection={{ selected, onChange, name: rowKey }}
        onEndReached={found.hasNextPage ? () => !found.isFetchingNextPage && found.fetchNextPage() : undefined}
        empty={
          <EmptyState
            title={text === '' ? 'No table has been seen on this cluster' : `No table has “${text}” in its name`}
          />
        }
      />
    </div>
  );
}
