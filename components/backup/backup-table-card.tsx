'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Column } from '#components/data-table/column.ts';
import { DataTable } from '#components/data-table/data-table.tsx';
import { formatBytes } from '#components/format/bytes.ts';
import { Instant } from '#components/format/instant.tsx';
import { formatCount } from '#components/format/number.ts';
import { failureOrNull } from '#components/trpc/failure.ts';
import type { Backup, BackupPage } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { backupStates } from './backup-words.ts';

const columns: Column<Backup>[] = [
  { key: 'at', header: 'Brings back to', cell: ({ at }) => <Instant at={at} style="second" />, width: '152px' },
  { key: 'cluster', header: 'Cluster', cell: ({ clusterName }) => clusterName, width: 'minmax(0,1fr)' },
  {
    key: 'place',
    header: 'Destination',
    cell: ({ destinationName }) => destinationName,
    width: 'minmax(0,.8fr)',
    hideBelow: 'middle',
  },
  { key: 'state', header: 'State', cell: (backup) => <States backup={backup} />, width: 'minmax(0,1.6fr)' },
  { key: 'tables', header: 'Tables', num: true, cell: ({ tableCount }) => formatCount(tableCount), width: '72px' },
  {
    key: 'rows',
    header: 'Rows',
    num: true,
    cell: ({ rows }) => formatCount(rows),
    width: '104px',
    hideBelow: 'middle',
  },
  {
    key: 'raw',
    header: 'Raw',
    num: true,
    cell: ({ rawBytes }) => formatBytes(rawBytes),
    width: '80px',
    hideBelow: 'wide',
  },
  { key: 'stored', header: 'Stored', num: true, cell: ({ storedBytes }) => formatBytes(storedBytes), width: '80px' },
];

const rowKey = ({ id }: Backup) => id;
const rowHref = ({ id }: Backup) => `/backups/${id}`;

/** Backups, newest first, more of them as one scrolls. */
export function BackupTableCard({
  title,
  filter,
  controls,
  initial,
  empty,
}: {
  title: string;
  filter: { clusterId?: string; destinationId?: string; table?: string; text?: string; withRemoved?: boolean };
  controls?: ReactNode;
  initial?: BackupPage;
  empty: ReactNode;
}) {
  const trpc = useTRPC();
  const found = useInfiniteQuery(
    trpc.backup.list.infiniteQueryOptions(
      { ...filter, limit: 100 },
      {
        getNextPageParam: ({ nextCursor }) => nextCursor,
        placeholderData: (before) => before,
        initialData: initial && { pages: [initial], pageParams: [null] },
      },
    ),
  );
  return (
    <Card aria-label={title}>
      <CardHeader title={title} note="newest first">
        {controls}
      </CardHeader>
      <DataTable
        label={title}
        columns={columns}
        rows={found.data?.pages.flatMap(({ backups }) => backups) ?? []}
        rowKey={rowKey}
        rowHref={rowHref}
        loading={found.isPending}
        failure={found.data === undefined ? failureOrNull(found.error) : null}
        onEndReached={found.hasNextPage ? () => !found.isFetchingNextPage && found.fetchNextPage() : undefined}
        empty={typeof empty === 'string' ? <EmptyState title={empty} /> : empty}
      />
    </Card>
  );
}

function States({ backup }: { backup: Backup }) {
  return (
    <span className="flex flex-wrap gap-1">
      {backupStates(backup).map(({ word, state }) => (
        <Tag key={word} state={state}>
          {word}
        </Tag>
      ))}
    </span>
  );
}
