'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useState } from 'react';
import { useMay } from '#components/auth/me.tsx';
import type { Column, Sort } from '#components/data-table/column.ts';
import { DataTable } from '#components/data-table/data-table.tsx';
import { SearchBox } from '#components/data-table/search-box.tsx';
import { Ago } from '#components/format/ago.tsx';
import { formatBytes } from '#components/format/bytes.ts';
import { formatCompact, formatCount, plural } from '#components/format/number.ts';
import { useAddress } from '#components/layout/use-address.ts';
import { failureOrNull } from '#components/trpc/failure.ts';
import type { ClusterDetail, ClusterTable } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { Tooltip } from '#components/ui/tooltip.tsx';

const columns: Column<ClusterTable>[] = [
  {
    key: 'name',
    header: 'Table',
    cell: (table) => <TableNameCell table={table} />,
    sortBy: ({ name }) => name,
    width: 'minmax(0,2.4fr)',
  },
  {
    key: 'nodes',
    header: 'On nodes',
    cell: (table) => <NodesCell table={table} />,
    hideBelow: 'middle',
    width: 'minmax(0,1.2fr)',
  },
  {
    key: 'rows',
    header: 'Rows, about',
    num: true,
    cell: ({ estimatedRows }) => formatCompact(estimatedRows),
    width: '92px',
  },
  {
    key: 'bytes',
    header: 'Size',
    num: true,
    cell: ({ bytes }) => formatBytes(bytes),
    sortBy: ({ bytes }) => bytes,
    width: '92px',
  },
  { key: 'backup', header: 'Last backup', num: true, cell: (table) => <BackupCell table={table} />, width: '116px' },
];

const rowKey = ({ name }: ClusterTable) => name;
const nameOf = ({ name }: ClusterTable) => name;

/** The page of a table. */
const tableHref = (cluster: string, name: string) =>
  `/clusters/${encodeURIComponent(cluster)}/${encodeURIComponent(name)}`;

/** Tables as last seen, searched and ordered on the server: 20,000 of them scroll as ten do. */
export function ClusterTables({ cluster }: { cluster: ClusterDetail }) {
  const trpc = useTRPC();
  const { params, set } = useAddress();
  const mayOperate = useMay('operator');
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const text = params.get('text') ?? '';
  const order = params.get('order') === 'bytes' ? 'bytes' : 'name';
  const found = useInfiniteQuery(
    trpc.table.search.infiniteQueryOptions(
      { clusterId: cluster.id, text: text || undefined, order, limit: 200 },
      { getNextPageParam: ({ nextCursor }) => nextCursor, placeholderData: (before) => before },
    ),
  );
  const rows = found.data?.pages.flatMap(({ tables }) => tables) ?? [];
  const total = found.data?.pages[0]?.total ?? 0;
  const sort: Sort = order === 'bytes' ? { key: 'bytes', direction: 'desc' } : { key: 'name', direction: 'asc' };
  const query = new URLSearchParams({ cluster: cluster.name });
  for (const name of selected) query.append('table', name);
  return (
    <Card aria-label="Tables">
      <CardHeader title="Tables" note={found.data ? plural(total, 'table') : undefined}>
        {selected.size > 0 && mayOperate ? (
          <>
            <span className="text-12 text-ink-2">{formatCount(selected.size)} chosen</span>
            <Button asChild size="small">
              <Link href={`/backups/new?${query}&scope=tables`}>Back up</Link>
            </Button>
            <Button asChild size="small">
              <Link href={`/restore?${query}`}>Restore</Link>
            </Button>
          </>
        ) : null}
        <SearchBox label="Search tables" value={text} onSearch={(next) => set({ text: next }, { replace: true })} />
      </CardHeader>
      <DataTable
        label={`Tables of ${cluster.name}`}
        columns={columns}
        rows={rows}
        rowKey={rowKey}
        rowHref={({ name }) => tableHref(cluster.name, name)}
        total={total}
        loading={found.isPending}
        failure={found.data === undefined ? failureOrNull(found.error) : null}
        sort={sort}
        onSort={(next) => set({ order: next?.key === 'bytes' ? 'bytes' : null }, { replace: true })}
        selection={mayOperate ? { selected, onChange: setSelected, name: nameOf } : undefined}
        onEndReached={found.hasNextPage ? () => !found.isFetchingNextPage && found.fetchNextPage() : undefined}
        empty={
          text === '' ? (
            <EmptyState title="No table has been seen yet">
              They are listed once an executor has looked at the cluster.
            </EmptyState>
          ) : (
            <EmptyState
              title={`No table has “${text}” in its name`}
              action={<Button onClick={() => set({ text: null })}>Show all tables</Button>}
            />
          )
        }
      />
    </Card>
  );
}

function TableNameCell({ table }: { table: ClusterTable }) {
  return (
    <span className="flex min-w-0 items-center gap-2">
      <span className="truncate" title={table.name}>
        <span className="text-ink-3">{table.name.slice(0, table.name.length - lastPart(table.name).length)}</span>
        <span className="font-medium">{lastPart(table.name)}</span>
      </span>
      {table.kind === 'table' || table.kind === 'partitioned' ? null : (
        <span className="text-12 text-ink-3">{table.kind}</span>
      )}
    </span>
  );
}

/** The table's own part of a formatted name, quotes kept. */
export function lastPart(name: string): string {
  return /(?:"(?:[^"]|"")*"|[^."]*)$/.exec(name)?.[0] || name;
}

function NodesCell({ table }: { table: ClusterTable }) {
  const nodes = [...new Set(table.fragments.map(({ node }) => node))];
  const wanted = table.kind === 'table' || table.kind === 'partitioned';
  if (table.problem !== null && wanted) {
    return (
      <Tooltip words={table.problem}>
        <button type="button" aria-label={`Cannot be backed up: ${table.problem}`}>
          <Tag state="bad">Cannot be backed up</Tag>
        </button>
      </Tooltip>
    );
  }
  if (table.fragments.length === 0) return <span className="text-ink-3">–</span>;
  return (
    <span title={nodes.join(', ')}>
      {nodes.length === 1 ? nodes[0] : plural(nodes.length, 'node')}
      {table.fragments.length > 1 ? (
        <span className="text-ink-3"> · {plural(table.fragments.length, 'fragment')}</span>
      ) : null}
    </span>
  );
}

function BackupCell({ table }: { table: ClusterTable }) {
  if (table.lastBackupAt) return <Ago at={table.lastBackupAt} />;
  const wanted = (table.kind === 'table' || table.kind === 'partitioned') && table.problem === null;
  return wanted ? <span className="text-bad">none</span> : <span className="text-ink-3">–</span>;
}
