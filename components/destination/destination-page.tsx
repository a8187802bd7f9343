'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { MoreHorizontal } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useMay } from '#components/auth/me.tsx';
import { BackupTableCard } from '#components/backup/backup-table-card.tsx';
import { Ago } from '#components/format/ago.tsx';
import { formatBytes } from '#components/format/bytes.ts';
import { formatCount, plural } from '#components/format/number.ts';
import { Page } from '#components/layout/page.tsx';
import { PageHeader } from '#components/layout/page-header.tsx';
import { failureOf } from '#components/trpc/failure.ts';
import { LiveMark } from '#components/trpc/live-mark.tsx';
import type { Destination } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx';
import { ErrorPanel, sentence } from '#components/ui/error-panel.tsx';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '#components/ui/menu.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Stat, StatRow } from '#components/ui/stat.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { toast } from '#components/ui/toast.tsx';
import { probeWords } from './destination-words.ts';

const featureWords = {
  noReplace: 'never overwrites',
  rangeRead: 'reads parts',
  list: 'lists',
  remove: 'removes',
} as const;

/** One destination: whether it can be used, what lies on it. */
export function DestinationPage({ name, initial }: { name: string; initial?: Destination }) {
  const trpc = useTRPC();
  const mayOperate = useMay('operator');
  const { data, error } = useQuery({ ...trpc.destination.show.queryOptions({ name }), initialData: initial });
  const probe = useMutation(
    trpc.destination.probe.mutationOptions({ onSuccess: ({ number }) => toast(`Probe started, job #${number}`) }),
  );
  const crumbs = [{ name: 'Destinations', href: '/destinations' }];
  if (data === undefined) {
    return (
      <Page title={name} crumbs={crumbs}>
        <PageHeader title={name} />
        {error ? <ErrorPanel failure={failureOf(error)} /> : <Skeleton className="h-5 w-1/3" />}
      </Page>
    );
  }
  const { word, state } = probeWords(data);
  const can = Object.entries(featureWords).filter(([key]) => data.features?.[key as keyof typeof featureWords]);
  return (
    <Page
      title={name}
      crumbs={crumbs}
      live={<LiveMark />}
      actions={
        mayOperate ? (
          <>
            <Button size="small" onClick={() => probe.mutate({ destinationId: data.id })} busy={probe.isPending}>
              Probe again
            </Button>
            <Button asChild size="small" variant="primary">
              <Link href={`/backups/new?to=${encodeURIComponent(name)}`}>Back up to it</Link>
            </Button>
            <More destination={data} />
          </>
        ) : undefined
      }
    >
      <PageHeader
        title={name}
        note={
          <>
            {data.kind} · <code className="break-all">{data.config.path}</code>
            {data.features ? <> · repository {data.features.repositoryId}</> : null}
          </>
        }
        aside={
          <>
            <Tag state={state}>{word}</Tag>
            <span className="text-12 text-ink-3">
              {data.probedAt ? (
                <>
                  Probed <Ago at={data.probedAt} />
                </>
              ) : null}
            </span>
          </>
        }
      />
      {data.probeError ? <ErrorPanel outcome="No backup can be written there now." failure={data.probeError} /> : null}
      {probe.error ? <ErrorPanel outcome="No probe was started." failure={failureOf(probe.error)} /> : null}
      <Card aria-label="In figures" className="py-3">
        <StatRow>
          <Stat caption="Backups" value={formatCount(data.backups)} note="kept there" />
          <Stat caption="Stored" value={formatBytes(data.storedBytes)} note="by these backups" />
          <Stat
            caption="Free"
            value={data.freeBytes === null ? '–' : formatBytes(data.freeBytes)}
            note={data.freeBytes === null ? 'the place does not tell' : 'when it was probed'}
          />
          {can.length === 0 ? null : (
            <Stat
              caption="What it can"
              value={plural(can.length, 'feature')}
              note={can.map(([, words]) => words).join(', ')}
            />
          )}
        </StatRow>
      </Card>
      <BackupTableCard title="Backups on it" filter={{ destinationId: data.id }} empty="No backup lies there yet." />
    </Page>
  );
}

function More({ destination }: { destination: Destination }) {
  const trpc = useTRPC();
  const router = useRouter();
  const queries = useQueryClient();
  const [asked, setAsked] = useState(false);
  const reindex = useMutation(
    trpc.destination.reindex.mutationOptions({ onSuccess: ({ number }) => router.push(`/jobs/${number}`) }),
  );
  const remove = useMutation(
    trpc.destination.remove.mutationOptions({
      onSuccess: async () => {
        router.push('/destinations');
        await queries.invalidateQueries(trpc.destination.list.queryFilter());
      },
    }),
  );
  if (!useMay('admin')) return null;
  const failure = remove.error ? failureOf(remove.error) : undefined;
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button size="small" variant="quiet" icon aria-label="More about this destination">
            <MoreHorizontal aria-hidden="true" />
          </Button>
        </MenuTrigger>
        <MenuContent>
          <MenuItem onSelect={() => reindex.mutate({ destinationId: destination.id })}>Read its backups again</MenuItem>
          <MenuItem danger onSelect={() => setAsked(true)}>
            Remove destination
          </MenuItem>
        </MenuContent>
      </Menu>
      <ConfirmDialog
        open={asked}
        onOpenChange={(open) => {
          remove.reset();
          setAsked(open);
        }}
        title={`Remove destination ${destination.name}?`}
        name={destination.name}
        action="Remove destination"
        busy={remove.isPending}
        failure={failure ? `${sentence(failure.message)} ${failure.hint ?? ''}` : undefined}
        onConfirm={() => remove.mutate({ destinationId: destination.id, forget: destination.backups > 0 })}
      >
        {destination.backups === 0
          ? 'It holds no backup. Nothing in the folder is touched.'
          : `${plural(destination.backups, 'backup')} on it are forgotten here. The files stay; adding the destination again and reading it brings them back.`}
      </ConfirmDialog>
    </>
  );
}
