'use client';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useMay } from '#components/auth/me.tsx';
import { BackupTableCard } from '#components/backup/backup-table-card.tsx';
import { lastPart } from '#components/cluster/cluster-tables.tsx';
import { kindNames } from '#components/cluster/cluster-words.ts';
import { Ago } from '#components/format/ago.tsx';
import { formatBytes } from '#components/format/bytes.ts';
import { formatCompact, plural } from '#components/format/number.ts';
import { Page } from '#components/layout/page.tsx';
import { PageHeader } from '#components/layout/page-header.tsx';
import { failureOf } from '#components/trpc/failure.ts';
import { LiveMark } from '#components/trpc/live-mark.tsx';
import type { TableDetail } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { CoverageCard } from './coverage-card.tsx';
import { FragmentsCard } from './fragments-card.tsx';

/** One table: what it can be brought back to, where its rows lie, and the backups that hold it. */
export function TablePage({
  clusterName,
  table,
  initial,
}: {
  clusterName: string;
  table: string;
  initial?: TableDetail;
}) {
  const trpc = useTRPC();
  const { data, error } = useQuery({
    ...trpc.table.show.queryOptions({ clusterName, table }),
    initialData: initial,
  });
  const crumbs = [
    { name: 'Clusters', href: '/clusters' },
    { name: clusterName, href: `/clusters/${encodeURIComponent(clusterName)}` },
  ];
  if (data !== undefined) return <Shown table={data} crumbs={crumbs} />;
  return (
    <Page title={table} crumbs={crumbs}>
      <PageHeader title={table} />
      {error ? <ErrorPanel failure={failureOf(error)} /> : <Skeleton className="h-5 w-1/3" />}
    </Page>
  );
}

function Shown({ table, crumbs }: { table: TableDetail; crumbs: { name: string; href: string }[] }) {
  const { name, cluster, seen } = table;
  const own = lastPart(name);
  return (
    <Page title={own} crumbs={crumbs} live={<LiveMark />} actions={<Actions table={table} />}>
      <PageHeader
        title={
          <>
            <span className="font-normal text-ink-3">{name.slice(0, name.length - own.length)}</span>
            {own}
          </>
        }
        note={<Facts table={table} />}
        aside={
          seen === null ? (
            <Tag state="warn">{table.seenAt === null ? 'Never looked at' : 'Not in the cluster'}</Tag>
          ) : seen.problem === null ? undefined : (
            <Tag state="bad">Cannot be backed up</Tag>
          )
        }
      />
      {seen?.problem ? (
        <ErrorPanel
          failure={{ code: 'table/unsupported', message: `It cannot be backed up: ${seen.problem}`, hint: '' }}
        />
      ) : null}
      <CoverageCard table={table} />
      {seen === null ? null : <FragmentsCard table={seen} />}
      {table.backups === 0 ? null : (
        <BackupTableCard
          title="Backups that hold it"
          filter={{ clusterId: cluster.id, table: name }}
          empty="No backup holds this table"
        />
      )}
    </Page>
  );
}

function Facts({ table: { cluster, seen, seenAt } }: { table: TableDetail }) {
  const where = (
    <>
      Cluster{' '}
      <Link className="link-inline" href={`/clusters/${encodeURIComponent(cluster.name)}`}>
        {cluster.name}
      </Link>{' '}
      ({kindNames[cluster.kind]})
    </>
  );
  if (seen === null) {
    return (
      <>
        {where} · it was not there when the cluster was last looked at
        {seenAt ? (
          <>
            , <Ago at={seenAt} />
          </>
        ) : null}
        ; backups still hold it
      </>
    );
  }
  const nodes = new Set(seen.fragments.map(({ node }) => node));
  const { kind, fragments, estimatedRows, bytes, lastBackupAt } = seen;
  return (
    <>
      {where} · {kind} · {plural(fragments.length, 'fragment')} on {plural(nodes.size, 'node')} · about{' '}
      {formatCompact(estimatedRows)} rows, {formatBytes(bytes)} · last backup{' '}
      {lastBackupAt ? <Ago at={lastBackupAt} /> : 'none'}
    </>
  );
}

function Actions({ table: { name, cluster, seen, backups } }: { table: TableDetail }) {
  const mayOperate = useMay('operator');
  const query = new URLSearchParams({ cluster: cluster.name, table: name });
  if (!mayOperate) return null;
  return (
    <>
      {seen === null ? null : (
        <Button asChild size="small" className={backups === 0 ? undefined : 'max-sm:hidden'}>
          <Link href={`/backups/new?${query}&scope=tables`}>Back up</Link>
        </Button>
      )}
      {backups === 0 ? null : (
        <Button asChild size="small" variant="primary">
          <Link href={`/restore?${query}&step=point`}>Restore this table</Link>
        </Button>
      )}
    </>
  );
}
