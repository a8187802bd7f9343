'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { MoreHorizontal } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { ArchiveCard } from '#components/archive/archive-card.tsx';
import { useMay } from '#components/auth/me.tsx';
import { Ago } from '#components/format/ago.tsx';
import { formatBytes } from '#components/format/bytes.ts';
import { formatCount, plural } from '#components/format/number.ts';
import { Page } from '#components/layout/page.tsx';
import { PageHeader } from '#components/layout/page-header.tsx';
import { failureOf } from '#components/trpc/failure.ts';
import { LiveMark } from '#components/trpc/live-mark.tsx';
import type { Archive, ClusterDetail } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { ErrorPanel, sentence } from '#components/ui/error-panel.tsx';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '#components/ui/menu.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Count, Tag } from '#components/ui/tag.tsx';
import { CheckList } from './check-list.tsx';
import { ClusterTables } from './cluster-tables.tsx';
import { healthWords, kindNames, linksOf, nodeForPicture, worstFirst } from './cluster-words.ts';
import { CredentialsDialog } from './credentials-dialog.tsx';
import { TopologyPicture } from './topology-picture.tsx';
import { useRefreshOnOpen } from './use-refresh-on-open.ts';

/** One cluster: its nodes and what endangers a backup on them, and its tables. */
export function ClusterPage({ name, initial, archive }: { name: string; initial?: ClusterDetail; archive?: Archive }) {
  const trpc = useTRPC();
  const { data, error } = useQuery({ ...trpc.cluster.show.queryOptions({ name }), initialData: initial });
  const crumbs = [{ name: 'Clusters', href: '/clusters' }];
  if (data === undefined) {
    return (
      <Page title={name} crumbs={crumbs}>
        <PageHeader title={name} />
        {error ? <ErrorPanel failure={failureOf(error)} /> : <Skeleton className="h-5 w-1/3" />}
      </Page>
    );
  }
  return <Shown cluster={data} crumbs={crumbs} archive={archive} />;
}

function Shown({
  cluster,
  crumbs,
  archive,
}: {
  cluster: ClusterDetail;
  crumbs: { name: string; href: string }[];
  archive?: Archive;
}) {
  const mayOperate = useMay('operator');
  const refresh = useRefreshOnOpen(cluster);
  const { word, state } = healthWords[cluster.health];
  const open = cluster.checks.filter((check) => check.state !== 'ok');
  const [all, setAll] = useState(false);
  const failure = refresh.error
    ? failureOf(refresh.error)
    : (cluster.topologyError as { code: string; message: string; hint: string } | null);
  return (
    <Page
      title={cluster.name}
      crumbs={crumbs}
      live={<LiveMark />}
      actions={
        mayOperate ? (
          <>
            <Button size="small" onClick={() => refresh.run()} busy={refresh.busy} className="max-sm:hidden">
              Look again
            </Button>
            <Button asChild size="small" variant="primary">
              <Link href={`/backups/new?cluster=${encodeURIComponent(cluster.name)}`}>Back up now</Link>
            </Button>
            <More cluster={cluster} onLook={() => refresh.run()} />
          </>
        ) : undefined
      }
    >
      <PageHeader
        title={cluster.name}
        note={
          <>
            {kindNames[cluster.kind]} · <code>{`${cluster.address.host}:${cluster.address.port}`}</code> ·{' '}
            {plural(cluster.tableCount, 'table')}, {formatBytes(cluster.totalBytes)} · last backup{' '}
            {cluster.lastBackupAt ? <Ago at={cluster.lastBackupAt} /> : 'none'}
          </>
        }
        aside={
          <>
            <Tag state={state}>{word}</Tag>
            <span role="status" className="text-12 text-ink-3">
              {refresh.busy ? (
                'Looking at it now'
              ) : cluster.topologyAt ? (
                <>
                  Looked at <Ago at={cluster.topologyAt} />
                </>
              ) : (
                'Not looked at yet'
              )}
            </span>
          </>
        }
      />
      {failure && !refresh.busy ? (
        <ErrorPanel
          outcome={
            cluster.topologyAt ? 'What is shown here is from the last look.' : 'The cluster has not been seen yet.'
          }
          failure={failure}
        >
          {mayOperate ? (
            <Button size="small" onClick={() => refresh.run()}>
              Look again
            </Button>
          ) : undefined}
        </ErrorPanel>
      ) : null}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 lg:grid-cols-[minmax(0,1.35fr)_minmax(0,1fr)]">
        <Card aria-label="Topology">
          <CardHeader
            title="Topology"
            note={cluster.nodes.length > 0 ? plural(cluster.nodes.length, 'node') : undefined}
          />
          {cluster.nodes.length === 0 ? (
            <EmptyState title="No node has been seen yet">
              {refresh.busy ? 'An executor is looking at the cluster.' : 'Look again when the cluster answers.'}
            </EmptyState>
          ) : (
            <TopologyPicture
              nodes={cluster.nodes.map((node) => nodeForPicture(node, cluster.checks))}
              links={linksOf(cluster.nodes)}
              label={`Topology of ${cluster.name}`}
            />
          )}
        </Card>
        <Card aria-label="Checks">
          <CardHeader title="Checks">
            {open.length === 0 ? null : (
              <span className="mr-auto">
                <Count state={worstFirst(open)[0]!.state} label="not good">
                  {open.length}
                </Count>
              </span>
            )}
            {cluster.checks.length > open.length && open.length > 0 ? (
              <Button size="small" variant="quiet" onClick={() => setAll(!all)} aria-pressed={all}>
                {all ? 'Only what is not good' : `All ${formatCount(cluster.checks.length)}`}
              </Button>
            ) : null}
          </CardHeader>
          {cluster.checks.length === 0 ? (
            <p className="px-3 py-3 text-ink-3">Nothing has been checked yet.</p>
          ) : open.length === 0 && !all ? (
            <p className="flex items-center gap-2 px-3 py-3 text-ink-2">
              <Tag state="ok">All good</Tag> {plural(cluster.checks.length, 'check')} on{' '}
              {plural(cluster.nodes.length, 'node')}
              <Button size="small" variant="quiet" onClick={() => setAll(true)} className="ml-auto">
                Show them
              </Button>
            </p>
          ) : (
            <CheckList checks={all ? cluster.checks : open} className="max-h-96 overflow-y-auto" />
          )}
        </Card>
      </div>
      {cluster.kind === 'postgres' ? null : <ArchiveCard cluster={cluster} initial={archive} />}
      <ClusterTables cluster={cluster} />
    </Page>
  );
}

function More({ cluster, onLook }: { cluster: ClusterDetail; onLook: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queries = useQueryClient();
  const mayAdmin = useMay('admin');
  const [asked, setAsked] = useState<'credentials' | 'remove' | null>(null);
  const remove = useMutation(
    trpc.cluster.remove.mutationOptions({
      onSuccess: async () => {
        router.push('/clusters');
        await queries.invalidateQueries(trpc.cluster.list.queryFilter());
      },
    }),
  );
  if (!mayAdmin) return null;
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button size="small" variant="quiet" icon aria-label="More about this cluster">
            <MoreHorizontal aria-hidden="true" />
          </Button>
        </MenuTrigger>
        <MenuContent>
          <MenuItem onSelect={() => setAsked('credentials')}>Change credentials</MenuItem>
          <MenuItem danger onSelect={() => setAsked('remove')}>
            Remove cluster
          </MenuItem>
        </MenuContent>
      </Menu>
      <CredentialsDialog
        cluster={cluster}
        open={asked === 'credentials'}
        onClose={() => setAsked(null)}
        onSaved={onLook}
      />
      <ConfirmDialog
        open={asked === 'remove'}
        onOpenChange={(open) => {
          remove.reset();
          setAsked(open ? 'remove' : null);
        }}
        title={`Remove cluster ${cluster.name}?`}
        name={cluster.name}
        action="Remove cluster"
        busy={remove.isPending}
        failure={
          remove.error
            ? `${sentence(failureOf(remove.error).message)} ${failureOf(remove.error).hint ?? ''}`
            : undefined
        }
        onConfirm={() => remove.mutate({ clusterId: cluster.id })}
      >
        Its credentials are forgotten here. Nothing on the cluster is touched, and its backups stay.
      </ConfirmDialog>
    </>
  );
}
