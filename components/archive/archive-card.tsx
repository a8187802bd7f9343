'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import Link from 'next/link';
import { useState } from 'react';
import { useMay } from '#components/auth/me.tsx';
import { Ago } from '#components/format/ago.tsx';
import { plural } from '#components/format/number.ts';
import { failureOf } from '#components/trpc/failure.ts';
import type { Archive, ClusterDetail } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { Dialog } from '#components/ui/dialog.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { archiveWords } from './archive-words.ts';
import { StartArchiveDialog } from './start-archive-dialog.tsx';
import { StopArchiveDialog } from './stop-archive-dialog.tsx';
import { StreamRow } from './stream-row.tsx';

/** A lease that runs out tells nobody: what an executor that died leaves is seen by asking. */
const askEveryMs = 5_000;

/** The log archive of one cluster: whether it is wanted, and how far each storage node's log is archived. */
export function ArchiveCard({ cluster, initial }: { cluster: Pick<ClusterDetail, 'id' | 'name'>; initial?: Archive }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const mayOperate = useMay('operator');
  const [asked, setAsked] = useState<'start' | 'stop' | null>(null);
  const { data, error, dataUpdatedAt } = useQuery({
    ...trpc.archive.status.queryOptions({ id: cluster.id }),
    initialData: initial,
    refetchInterval: askEveryMs,
  });
  const changed = async () => {
    await queries.invalidateQueries(trpc.archive.pathFilter());
    setAsked(null);
  };
  const worst = data && archiveWords(data.streams);
  return (
    <Card aria-label="Log archive">
      <CardHeader title="Log archive" note={data && <Where archive={data} />}>
        {worst ? <Tag state={worst.state}>{worst.word}</Tag> : null}
        {data === undefined || !mayOperate ? null : data.wanted ? (
          <Button size="small" onClick={() => setAsked('stop')}>
            Stop archiving
          </Button>
        ) : (
          <Button size="small" onClick={() => setAsked('start')}>
            Start archiving
          </Button>
        )}
      </CardHeader>
      {data === undefined ? (
        error ? (
          <ErrorPanel failure={failureOf(error)} className="m-3" />
        ) : (
          <Skeleton className="m-3 w-1/3" />
        )
      ) : data.streams.length > 0 ? (
        <ul>
          {data.streams.map((stream) => (
            <StreamRow key={stream.id} stream={stream} toldAt={dataUpdatedAt} />
          ))}
        </ul>
      ) : (
        <EmptyState title={data.wanted ? 'No storage node has been seen yet' : 'The log is not archived'}>
          {data.wanted
            ? 'The log of each is archived as soon as it is found.'
            : 'Archived, it keeps every change between two backups, and after the last one.'}
        </EmptyState>
      )}
      {data === undefined ? null : (
        <Dialog open={asked !== null} onOpenChange={(open) => (open ? undefined : setAsked(null))}>
          {asked === 'start' ? <StartArchiveDialog archive={data} onDone={changed} /> : null}
          {asked === 'stop' ? <StopArchiveDialog archive={data} onDone={changed} /> : null}
        </Dialog>
      )}
    </Card>
  );
}

function Where({ archive: { destination, wanted, changedAt, streams } }: { archive: Archive }) {
  if (destination === null || changedAt === null) return null;
  return (
    <>
      {plural(streams.length, 'node')} to{' '}
      <Link className="link-inline" href={`/destinations/${destination.name}`}>
        {destination.name}
      </Link>
      , {wanted ? 'started' : 'stopped'} <Ago at={changedAt} />
    </>
  );
}
