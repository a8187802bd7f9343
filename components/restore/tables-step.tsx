'use client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useMemo, useState } from 'react';
import type { Column } from '#components/data-table/column.ts';
import { DataTable } from '#components/data-table/data-table.tsx';
import { SearchBox } from '#components/data-table/search-box.tsx';
import { formatBytes } from '#components/format/bytes.ts';
import { Instant } from '#components/format/instant.tsx';
import { formatCount, plural } from '#components/format/number.ts';
import { failureOrNull } from '#components/trpc/failure.ts';
import type { BackupTable } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { Select } from '#components/ui/select.tsx';
import { mostTables } from './restore-choice.ts';
import type { StepProps } from './step-props.ts';

const columns: Column<BackupTable>[] = [
  { key: 'name', header: 'Table', cell: ({ name }) => <span title={name}>{name}</span>, width: 'minmax(0,3fr)' },
  {
    key: 'fragments',
    header: 'Fragments',
    num: true,
    cell: ({ fragments }) => formatCount(fragments),
    hideBelow: 'middle',
  },
  { key: 'rows', header: 'Rows', num: true, cell: ({ rows }) => formatCount(rows) },
  { key: 'raw', header: 'Size', num: true, cell: ({ rawBytes }) => formatBytes(rawBytes) },
];

const rowKey = ({ name }: BackupTable) => name;

/** Tables are chosen from what a backup holds, not from what is there now: one that was dropped is the reason to be here. */
export function TablesStep({ choice, cluster, clusters, backup, change }: StepProps) {
  const trpc = useTRPC();
  const [text, setText] = useState('');
  const newest = useQuery(trpc.backup.list.queryOptions({ clusterId: cluster.id, limit: 1 }));
  const from = backup ?? newest.data?.backups[0];
  const found = useInfiniteQuery(
    trpc.backup.tables.infiniteQueryOptions(
      { backupId: from?.id ?? '', text: text || undefined, limit: 200 },
      {
        enabled: from !== undefined,
        getNextPageParam: ({ nextCursor }) => nextCursor,
        placeholderData: (before) => before,
      },
    ),
  );
  const selected = useMemo(() => new Set(choice.tables), [choice.tables]);
  const rows = found.data?.pages.flatMap(({ tables }) => tables) ?? [];
  const none = newest.data?.backups.length === 0 && backup === undefined;
  return (
    <Card aria-label="Tables">
      <CardHeader
        title="Tables"
        note={
          from === undefined ? undefined : (
            <>
              in the {backup ? 'chosen' : 'newest'} backup, <Instant at={from.at} style="second" />
            </>
          )
        }
      >
        <span role="status" className="text-12 text-ink-2">
          {selected.size === 0 ? '' : `${plural(selected.size, 'table')} chosen`}
        </span>
        {selected.size === 0 ? null : (
          <Button size="small" variant="quiet" onClick={() => change({ tables: [] }, { replace: true })}>
            Choose none
          </Button>
        )}
        <Select
          aria-label="Cluster"
          value={cluster.name}
          onChange={(event) =>
            change(
              { cluster: event.target.value, tables: [], backup: '', targets: {}, placement: {} },
              { replace: true },
            )
          }
          className="w-36 [&_select]:h-control-s [&_select]:text-12"
        >
          {clusters.map(({ id, name }) => (
            <option key={id}>{name}</option>
          ))}
        </Select>
        <SearchBox label="Search tables" value={text} onSearch={setText} />
      </CardHeader>
      <DataTable
        label={`Tables of ${cluster.name} that can be restored`}
        columns={columns}
        rows={none ? [] : rows}
        rowKey={rowKey}
        loading={newest.isPending || (from !== undefined && found.isPending)}
        failure={failureOrNull(from === undefined ? newest.error : found.data === undefined ? found.error : null)}
        selection={{
          selected,
          // Ticking them all of 20,000 is for a list in a file; the footer says so before anything is lost.
          onChange: (next) => change({ tables: [...next].slice(0, mostTables + 1) }, { replace: true }),
          name: rowKey,
        }}
        onEndReached={found.hasNextPage ? () => !found.isFetchingNextPage && found.fetchNextPage() : undefined}
        empty={
          none ? (
            <EmptyState
              title="Nothing to restore yet"
              action={
                <Button asChild variant="default">
                  <Link href={`/backups/new?cluster=${encodeURIComponent(cluster.name)}`}>Back up {cluster.name}</Link>
                </Button>
              }
            >
              Take a first backup of {cluster.name}.
            </EmptyState>
          ) : (
            <EmptyState
              title={text === '' ? 'This backup holds no table' : `No table of this backup has “${text}” in its name`}
              action={
                <Button asChild variant="default">
                  <Link href="/backups">All backups</Link>
                </Button>
              }
            >
              Another backup may hold what you look for; a restore can be begun from its page.
            </EmptyState>
          )
        }
      />
    </Card>
  );
}
