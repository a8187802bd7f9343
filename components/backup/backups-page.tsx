'use client';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useMay } from '#components/auth/me.tsx';
import { SearchBox } from '#components/data-table/search-box.tsx';
import { Page } from '#components/layout/page.tsx';
import { useAddress } from '#components/layout/use-address.ts';
import { LiveMark } from '#components/trpc/live-mark.tsx';
import type { BackupPage } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { Select } from '#components/ui/select.tsx';
import { BackupTableCard } from './backup-table-card.tsx';
import { BackupTabs } from './backup-tabs.tsx';

/** All backups, narrowed by cluster and by part of a table's name. */
export function BackupsPage({ initial }: { initial?: BackupPage }) {
  const trpc = useTRPC();
  const { params, set } = useAddress();
  const clusters = useQuery(trpc.cluster.list.queryOptions());
  const cluster = clusters.data?.find(({ name }) => name === params.get('cluster'));
  const text = params.get('text') ?? '';
  const narrowed = params.has('cluster') || text !== '';
  const start = useMay('operator') ? (
    <Button asChild variant="primary" size="small">
      <Link href="/backups/new">Back up now</Link>
    </Button>
  ) : undefined;
  return (
    <Page title="Backups" live={<LiveMark />} actions={start}>
      <BackupTabs current="backups" />
      <BackupTableCard
        title="Backups"
        filter={{ clusterId: cluster?.id, text: text || undefined }}
        initial={narrowed ? undefined : initial}
        controls={
          <>
            <Select
              aria-label="Cluster"
              value={params.get('cluster') ?? ''}
              onChange={(event) => set({ cluster: event.target.value }, { replace: true })}
              className="w-36 [&_select]:h-control-s [&_select]:text-12"
            >
              <option value="">All clusters</option>
              {clusters.data?.map(({ id, name }) => (
                <option key={id}>{name}</option>
              ))}
            </Select>
            <SearchBox
              label="Search tables or ids"
              value={text}
              onSearch={(next) => set({ text: next }, { replace: true })}
            />
          </>
        }
        empty={
          narrowed ? (
            <EmptyState
              title="No backup fits"
              action={<Button onClick={() => set({ cluster: null, text: null })}>Show all backups</Button>}
            />
          ) : (
            <EmptyState title="No backup has been taken">
              Published backups are listed here. Take a first one of a cluster.
            </EmptyState>
          )
        }
      />
    </Page>
  );
}
