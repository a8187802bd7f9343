'use client';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { formatBytes } from '#components/format/bytes.ts';
import { Instant } from '#components/format/instant.tsx';
import { formatCount, plural } from '#components/format/number.ts';
import { etaWords, JobProgressBar, progressWords } from '#components/job/job-progress.tsx';
import { jobName, outcomeWords, stateWords } from '#components/job/job-words.ts';
import { failureOf } from '#components/trpc/failure.ts';
import type { BackupPage, JobPage } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { ErrorPanel, sentence } from '#components/ui/error-panel.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Count } from '#components/ui/tag.tsx';
import { failedJobs, openJobs, recentBackups } from './asked.ts';

export function FailedCard({ initial }: { initial?: JobPage }) {
  const trpc = useTRPC();
  const { data, error } = useQuery({ ...trpc.job.list.queryOptions(failedJobs), initialData: initial });
  return (
    <SideCard
      title="Failed"
      count={data && { n: data.jobs.length, more: data.nextCursor !== null, state: 'bad' }}
      all={{ href: '/jobs?state=failed&state=partly', words: 'All failed' }}
      error={error}
      empty="No job has failed."
    >
      {data?.jobs.map((job) => (
        <Line
          key={job.id}
          href={`/jobs/${job.number}`}
          name={jobName(job)}
          aside={<Instant at={job.endedAt ?? job.createdAt} />}
        >
          <p>
            {outcomeWords(job.kind, job.state)} {job.error ? sentence(job.error.message) : null} {job.error?.hint}
          </p>
        </Line>
      ))}
    </SideCard>
  );
}

export function RunningCard({ initial }: { initial?: JobPage }) {
  const trpc = useTRPC();
  const { data, error } = useQuery({ ...trpc.job.list.queryOptions(openJobs), initialData: initial });
  return (
    <SideCard
      title="Running"
      count={data && { n: data.jobs.length, more: data.nextCursor !== null, state: 'run' }}
      all={{ href: '/jobs?state=running&state=queued&state=cancelling', words: 'All running' }}
      error={error}
      empty="No job is running."
    >
      {data?.jobs.map((job) => (
        <Line
          key={job.id}
          href={`/jobs/${job.number}`}
          name={jobName(job)}
          aside={etaWords(job) ?? stateWords[job.state].word}
        >
          <JobProgressBar job={job} className="my-1.5" />
          <p>{job.state === 'queued' ? 'Waits for an executor.' : progressWords(job)}</p>
        </Line>
      ))}
    </SideCard>
  );
}

export function RecentBackupsCard({ initial }: { initial?: BackupPage }) {
  const trpc = useTRPC();
  const { data, error } = useQuery({ ...trpc.backup.list.queryOptions(recentBackups), initialData: initial });
  return (
    <SideCard
      title="Recent backups"
      all={{ href: '/backups', words: 'All backups' }}
      error={error}
      empty="No backup has been taken."
    >
      {data?.backups.map((backup) => (
        <Line
          key={backup.id}
          href={`/backups/${backup.id}`}
          name={`${backup.clusterName}, ${plural(backup.tableCount, 'table')}`}
          aside={<Instant at={backup.at} />}
        >
          <p>
            {formatCount(backup.rows)} rows, {formatBytes(backup.storedBytes)} on {backup.destinationName}
            {backup.failedCount > 0 ? `, ${plural(backup.failedCount, 'table')} failed` : ''}
            {backup.cutProven ? '' : ', cut not proven'}
          </p>
        </Line>
      ))}
    </SideCard>
  );
}

function SideCard({
  title,
  count,
  all,
  error,
  empty,
  children,
}: {
  title: string;
  count?: { n: number; more: boolean; state: 'bad' | 'run' };
  all: { href: string; words: string };
  error: unknown;
  empty: string;
  children: ReactNode[] | undefined;
}) {
  return (
    <Card aria-label={title}>
      <CardHeader title={title}>
        {count === undefined || count.n === 0 ? null : (
          <span className="mr-auto">
            <Count state={count.state}>
              {count.n}
              {count.more ? '+' : ''}
            </Count>
          </span>
        )}
        <Link href={all.href} className="link text-12">
          {all.words}
        </Link>
      </CardHeader>
      {error && children === undefined ? (
        <ErrorPanel failure={failureOf(error)} className="m-3" />
      ) : children === undefined ? (
        <div className="flex flex-col gap-2 p-3">
          <Skeleton className="w-3/5" />
          <Skeleton className="w-4/5" />
        </div>
      ) : children.length === 0 ? (
        <p className="px-3 py-3 text-ink-3">{empty}</p>
      ) : (
        <ul>{children}</ul>
      )}
    </Card>
  );
}

function Line({ href, name, aside, children }: { href: string; name: string; aside: ReactNode; children: ReactNode }) {
  return (
    <li className="border-b border-line px-3 pt-2 pb-[9px] last:border-b-0 [&_p]:text-12 [&_p]:text-ink-2">
      <div className="flex justify-between gap-2">
        <Link href={href} className="link truncate font-medium" title={name}>
          {name}
        </Link>
        <span className="shrink-0 text-12 text-ink-3">{aside}</span>
      </div>
      {children}
    </li>
  );
}
