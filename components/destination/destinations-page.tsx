'use client';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useMay } from '#components/auth/me.tsx';
import type { Column } from '#components/data-table/column.ts';
import { DataTable } from '#components/data-table/data-table.tsx';
import { Ago } from '#components/format/ago.tsx';
import { formatBytes } from '#components/format/bytes.ts';
import { formatCount } from '#components/format/number.ts';
import { Page } from '#components/layout/page.tsx';
import { failureOrNull } from '#components/trpc/failure.ts';
import { LiveMark } from '#components/trpc/live-mark.tsx';
import type { Destination } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { probeWords } from './destination-words.ts';

const columns: Column<Destination>[] = [
  { key: 'name', header: 'Destination', cell: ({ name }) => name, sortBy: ({ name }) => name },
  { key: 'kind', header: 'Kind', cell: ({ kind }) => kind, width: '64px', hideBelow: 'middle' },
  {
    key: 'place',
    header: 'Place',
    cell: ({ config }) => <code title={config.path}>{config.path}</code>,
    width: 'minmax(0,1.6fr)',
  },
  {
    key: 'state',
    header: 'State',
    cell: (destination) => {
      const { word, state } = probeWords(destination);
      return <Tag state={state}>{word}</Tag>;
    },
    width: '128px',
  },
  {
    key: 'backups',
    header: 'Backups',
    num: true,
    cell: ({ backups }) => formatCount(backups),
    sortBy: ({ backups }) => backups,
  },
  {
    key: 'stored',
    header: 'Stored',
    num: true,
    cell: ({ storedBytes }) => formatBytes(storedBytes),
    sortBy: ({ storedBytes }) => storedBytes,
  },
  {
    key: 'free',
    header: 'Free',
    num: true,
    cell: ({ freeBytes }) => (freeBytes === null ? '–' : formatBytes(freeBytes)),
    sortBy: ({ freeBytes }) => freeBytes,
  },
  {
    key: 'probed',
    header: 'Probed',
    num: true,
    cell: ({ probedAt }) => (probedAt ? <Ago at={probedAt} /> : 'never'),
    width: '96px',
    hideBelow: 'middle',
  },
];

const rowKey = ({ id }: Destination) => id;
const rowHref = ({ name }: Destination) => `/destinations/${name}`;

export function DestinationsPage({ initial }: { initial?: Destination[] }) {
  const trpc = useTRPC();
  const { data, error, isPending } = useQuery({ ...trpc.destination.list.queryOptions(), initialData: initial });
  const add = useMay('admin') ? (
    <Button asChild variant="primary" size="small">
      <Link href="/destinations/new">Add a destination</Link>
    </Button>
  ) : undefined;
  return (
    <Page title="Destinations" live={<LiveMark />} actions={data?.length === 0 ? undefined : add}>
      <Card aria-label="Destinations">
        <DataTable
          label="Destinations"
          columns={columns}
          rows={data ?? []}
          rowKey={rowKey}
          rowHref={rowHref}
          loading={isPending}
          failure={data === undefined ? failureOrNull(error) : null}
          empty={
            <EmptyState title="No destination is registered" action={add}>
              A destination is where backups are kept: a folder on the machine of the executor.
            </EmptyState>
          }
        />
      </Card>
    </Page>
  );
}
