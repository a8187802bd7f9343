'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Column } from '#components/data-table/column.ts';
import { DataTable } from '#components/data-table/data-table.tsx';
import { Instant } from '#components/format/instant.tsx';
import { failureOrNull } from '#components/trpc/failure.ts';
import type { AuditPage } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';

type AuditRow = AuditPage['rows'][number];

const columns: Column<AuditRow>[] = [
  { key: 'at', header: 'When', cell: ({ at }) => <Instant at={at} style="second" />, width: '132px', primary: true },
  { key: 'actor', header: 'Who', cell: ({ actor }) => actor },
  { key: 'action', header: 'Did', cell: ({ action }) => <code>{action}</code> },
  {
    key: 'subject',
    header: 'To',
    cell: ({ subject }) => <span title={subject}>{subject}</span>,
    width: 'minmax(0,1.4fr)',
  },
  {
    key: 'detail',
    header: 'Detail',
    cell: ({ detail }) => <Detail detail={detail} />,
    width: 'minmax(0,2fr)',
    hideBelow: 'middle',
  },
];

const rowKey = ({ id }: AuditRow) => id;

/** Who did what, newest first; written in the transaction that did it. */
export function AuditRoom() {
  const trpc = useTRPC();
  const found = useInfiniteQuery(
    trpc.audit.list.infiniteQueryOptions({ limit: 200 }, { getNextPageParam: ({ nextCursor }) => nextCursor }),
  );
  return (
    <Card aria-label="Audit">
      <CardHeader title="Audit" note="newest first" />
      <DataTable
        label="Audit, newest first"
        columns={columns}
        rows={found.data?.pages.flatMap(({ rows }) => rows) ?? []}
        rowKey={rowKey}
        loading={found.isPending}
        failure={found.data === undefined ? failureOrNull(found.error) : null}
        onEndReached={found.hasNextPage ? () => !found.isFetchingNextPage && found.fetchNextPage() : undefined}
        empty={<EmptyState title="Nothing was done yet" />}
      />
    </Card>
  );
}

function Detail({ detail }: { detail: unknown }) {
  const text = Object.entries((detail ?? {}) as Record<string, unknown>)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');
  return (
    <span className="text-12 text-ink-2" title={text}>
      {text}
    </span>
  );
}
