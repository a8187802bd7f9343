'use client';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useMay } from '#components/auth/me.tsx';
import { Page } from '#components/layout/page.tsx';
import { failureOf } from '#components/trpc/failure.ts';
import { LiveMark } from '#components/trpc/live-mark.tsx';
import type { BackupPage, JobPage, Overview } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Answer } from './answer.tsx';
import { ClusterCovers } from './cluster-covers.tsx';
import { FirstSteps } from './first-steps.tsx';
import { FailedCard, RecentBackupsCard, RunningCard } from './side-cards.tsx';

export interface OverviewInitial {
  summary?: Overview;
  failed?: JobPage;
  running?: JobPage;
  backups?: BackupPage;
}

/** Can every table be brought back? The answer, then each cluster, then what needs a hand. */
export function OverviewPage({ initial }: { initial: OverviewInitial }) {
  const trpc = useTRPC();
  const mayOperate = useMay('operator');
  const { data, error } = useQuery({ ...trpc.overview.summary.queryOptions(), initialData: initial.summary });
  const fresh = data !== undefined && (data.clusters.length === 0 || data.destinations === 0);
  const ready = data !== undefined && !fresh && mayOperate;
  const actions = ready ? (
    <>
      <Button asChild size="small" variant={data.backups === 0 ? 'primary' : 'default'}>
        <Link href="/backups/new">Back up now</Link>
      </Button>
      {data.backups === 0 ? null : (
        <Button asChild size="small" variant="primary">
          <Link href="/restore">Restore a table</Link>
        </Button>
      )}
    </>
  ) : undefined;
  return (
    <Page title="Overview" live={<LiveMark />} actions={actions}>
      {error && data === undefined ? (
        <Card aria-label="Answer">
          <ErrorPanel failure={failureOf(error)} className="m-3" />
        </Card>
      ) : data === undefined ? (
        <Card aria-label="Answer" className="flex min-h-[126px] flex-col justify-center gap-3 px-5">
          <Skeleton className="w-48" />
          <Skeleton className="h-6 w-2/3" />
        </Card>
      ) : fresh ? (
        <FirstSteps clusters={data.clusters.length} destinations={data.destinations} />
      ) : (
        <>
          <Answer overview={data} />
          <ClusterCovers clusters={data.clusters} />
        </>
      )}
      <div className="grid grid-cols-[minmax(0,1fr)] gap-3 md:grid-cols-3">
        <FailedCard initial={initial.failed} />
        <RunningCard initial={initial.running} />
        <RecentBackupsCard initial={initial.backups} />
      </div>
    </Page>
  );
}
