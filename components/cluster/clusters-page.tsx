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
import type { Cluster } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { Tag } from '#components/ui/tag.tsx';
import type { CheckState } from '#server/contract/cluster.ts';
import { healthWords } from './cluster-words.ts';

const badness: Record<CheckState, number> = { bad: 0, warn: 1, unknown: 2, ok: 3 };

const columns: Column<Cluster>[] = [
  { key: 'name', header: 'Cluster', cell: ({ name }) => name, sortBy: ({ name }) => name, width: 'minmax(0,1.2fr)' },
  { key: 'kind', header: 'Kind', cell: ({ kind }) => kind, width: '84px', hideBelow: 'middle' },
  {
    key: 'health',
    header: 'Nodes',
    cell: (cluster) => <Health cluster={cluster} />,
    sortBy: ({ health }) => badness[health],
    width: 'minmax(0,1.4fr)',
  },
  {
    key: 'address',
    header: 'Address',
    cell: ({ address }) => <code>{`${address.host}:${address.port}`}</code>,
    hideBelow: 'wide',
    width: 'minmax(0,1.2fr)',
  },
  {
    key: 'tables',
    header: 'Tables',
    num: true,
    cell: ({ tableCount }) => formatCount(tableCount),
    sortBy: ({ tableCount }) => tableCount,
  },
  {
    key: 'bytes',
    header: 'Size',
    num: true,
    cell: ({ totalBytes }) => formatBytes(totalBytes),
    sortBy: ({ totalBytes }) => totalBytes,
  },
  {
    key: 'backup',
    header: 'Last backup',
    num: true,
    cell: ({ lastBackupAt }) => (lastBackupAt ? <Ago at={lastBackupAt} /> : <span className="text-bad">none</span>),
    sortBy: ({ lastBackupAt }) => lastBackupAt,
    width: '100px',
  },
  {
    key: 'seen',
    header: 'Looked at',
    num: true,
    cell: ({ topologyAt }) => (topologyAt ? <Ago at={topologyAt} /> : 'never'),
    sortBy: ({ topologyAt }) => topologyAt,
    width: '100px',
    hideBelow: 'middle',
  },
];

const rowKey = ({ id }: Cluster) => id;
const rowHref = ({ name }: Cluster) => `/clusters/${name}`;

export function ClustersPage({ initial }: { initial?: Cluster[] }) {
  const trpc = useTRPC();
  const mayAdmin = useMay('admin');
  const { data, error, isPending } = useQuery({ ...trpc.cluster.list.queryOptions(), initialData: initial });
  const rows = [...(data ?? [])].sort((a, b) => badness[a.health] - badness[b.health]);
  const register = mayAdmin ? (
    <Button asChild variant="primary" size="small">
      <Link href="/clusters/new">Register a cluster</Link>
    </Button>
  ) : undefined;
  const none = data?.length === 0;
  return (
    <Page title="Clusters" live={<LiveMark />} actions={none ? undefined : register}>
      <Card aria-label="Clusters">
        <DataTable
          label="Clusters"
          columns={columns}
          rows={rows}
          rowKey={rowKey}
          rowHref={rowHref}
          loading={isPending}
          failure={data === undefined ? failureOrNull(error) : null}
          empty={
            <EmptyState title="No cluster is registered" action={register}>
              Registered clusters are listed here, with their nodes, their tables and when they were last backed up.
            </EmptyState>
          }
        />
      </Card>
    </Page>
  );
}

function Health({ cluster }: { cluster: Cluster }) {
  const { word, state } = healthWords[cluster.health];
  const { bad, warn } = cluster.checkCounts;
  const open = [bad > 0 ? `${bad} bad` : null, warn > 0 ? `${warn} to look at` : null].filter((part) => part !== null);
  return (
    <span className="flex items-center gap-2">
      <Tag state={cluster.topologyError ? 'bad' : state}>{cluster.topologyError ? 'Last look failed' : word}</Tag>
      <span className="truncate text-12 text-ink-3">
        {cluster.nodeCount === 0 ? '' : `${cluster.nodeCount} node${cluster.nodeCount === 1 ? '' : 's'}`}
        {open.length === 0 ? '' : ` · ${open.join(', ')}`}
      </span>
    </span>
  );
}
