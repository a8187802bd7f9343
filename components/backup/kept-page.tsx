'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useState } from 'react';
import { useMay } from '#components/auth/me.tsx';
import { Ago } from '#components/format/ago.tsx';
import { formatBytes } from '#components/format/bytes.ts';
import { Instant } from '#components/format/instant.tsx';
import { plural } from '#components/format/number.ts';
import { Page } from '#components/layout/page.tsx';
import { failureOf } from '#components/trpc/failure.ts';
import { LiveMark } from '#components/trpc/live-mark.tsx';
import type { Cluster, KeptCopy } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { ErrorPanel, sentence } from '#components/ui/error-panel.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { toast } from '#components/ui/toast.tsx';
import { BackupTabs } from './backup-tabs.tsx';

/** Live tables that in-place restores set aside: how big they are, and when they go. */
export function KeptPage({ initial, clusters }: { initial?: KeptCopy[]; clusters?: Cluster[] }) {
  const trpc = useTRPC();
  const { data, error } = useQuery({ ...trpc.restore.kept.queryOptions({}), initialData: initial });
  const named = useQuery({ ...trpc.cluster.list.queryOptions(), initialData: clusters }).data;
  return (
    <Page title="Backups" live={<LiveMark />}>
      <BackupTabs current="kept" />
      <Card aria-label="Kept copies">
        <CardHeader title="Kept copies" note="first to expire first" />
        {data === undefined ? (
          error ? (
            <ErrorPanel failure={failureOf(error)} className="m-3" />
          ) : (
            <Skeleton className="m-3 w-1/3" />
          )
        ) : data.length === 0 ? (
          <EmptyState title="Nothing is kept">
            A restore in place keeps the table it replaced here until its time is over, so that it can be undone.
          </EmptyState>
        ) : (
          <ul>
            {data.map((kept) => (
              <Kept key={kept.id} kept={kept} cluster={named?.find(({ id }) => id === kept.clusterId)?.name} />
            ))}
          </ul>
        )}
      </Card>
    </Page>
  );
}

function Kept({ kept, cluster }: { kept: KeptCopy; cluster?: string }) {
  const trpc = useTRPC();
  const mayAdmin = useMay('admin');
  const [asked, setAsked] = useState(false);
  const drop = useMutation(
    trpc.restore.dropKept.mutationOptions({
      onSuccess: ({ number }) => {
        setAsked(false);
        toast(`Dropping ${kept.keptAs}, job #${number}`);
      },
    }),
  );
  const failure = drop.error ? failureOf(drop.error) : undefined;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-b border-line px-3 py-2 last:border-b-0">
      <div className="min-w-0 flex-1 basis-64">
        <p className="break-words">
          <b className="font-medium">{kept.table}</b>
          {cluster === undefined ? null : (
            <>
              {' on '}
              <Link className="link-inline" href={`/clusters/${cluster}`}>
                {cluster}
              </Link>
            </>
          )}
        </p>
        <p className="text-12 text-ink-2">
          kept as <code className="break-all">{kept.keptAs}</code> on{' '}
          {plural(new Set(kept.pieces.map(({ node }) => node)).size, 'node')}, {formatBytes(kept.bytes)}, set aside{' '}
          <Instant at={kept.createdAt} />
        </p>
      </div>
      <p className="text-12 text-ink-2">
        goes <Ago at={kept.expiresAt} />
      </p>
      {mayAdmin ? (
        <Button size="small" variant="danger" onClick={() => setAsked(true)}>
          Drop now
        </Button>
      ) : null}
      <ConfirmDialog
        open={asked}
        onOpenChange={setAsked}
        title="Drop this kept copy?"
        name={kept.keptAs}
        action="Drop kept copy"
        busy={drop.isPending}
        failure={failure ? `${sentence(failure.message)} ${failure.hint ?? ''}` : undefined}
        onConfirm={() => drop.mutate({ keptId: kept.id })}
      >
        What {kept.table} held before the restore is lost with it. The live table is not touched.
      </ConfirmDialog>
    </li>
  );
}
