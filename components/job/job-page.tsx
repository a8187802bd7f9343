'use client';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { Elapsed } from '#components/format/ago.tsx';
import { Instant } from '#components/format/instant.tsx';
import { plural } from '#components/format/number.ts';
import { Page } from '#components/layout/page.tsx';
import { PageHeader } from '#components/layout/page-header.tsx';
import { PlanPoint } from '#components/restore/plan-point.tsx';
import { failureOf } from '#components/trpc/failure.ts';
import { LiveMark } from '#components/trpc/live-mark.tsx';
import type { JobDetail } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { hasEnded } from '#server/contract/job.ts';
import { CostCard } from './cost-card.tsx';
import { EventLog } from './event-log.tsx';
import { JobActions } from './job-actions.tsx';
import { JobFigures } from './job-figures.tsx';
import { jobName, outcomeWords, shortId, stateWords } from './job-words.ts';
import { OutcomeList } from './outcome-list.tsx';
import { PhaseTable } from './phase-table.tsx';
import { RateCard } from './rate-card.tsx';

/** One job, as it goes and after it ended: the rows say everything, so the page can be left and come back to. */
export function JobPage({ number, initial }: { number: number; initial?: JobDetail }) {
  const trpc = useTRPC();
  const { data, error } = useQuery({ ...trpc.job.show.queryOptions({ number }), initialData: initial });
  const crumbs = [{ name: 'Jobs', href: '/jobs' }];
  if (data !== undefined) return <Shown job={data} crumbs={crumbs} />;
  return (
    <Page title={`#${number}`} crumbs={crumbs}>
      <PageHeader title={`Job #${number}`} />
      {error ? <ErrorPanel failure={failureOf(error)} /> : <Skeleton className="h-5 w-1/3" />}
    </Page>
  );
}

function Shown({ job, crumbs }: { job: JobDetail; crumbs: { name: string; href: string }[] }) {
  const onTables = job.kind === 'backup' || job.kind === 'restore';
  return (
    <Page title={`#${job.number}`} crumbs={crumbs} live={<LiveMark />} actions={<JobActions job={job} />}>
      <PageHeader title={titleOf(job)} note={<About job={job} />} aside={<States job={job} />} />
      {job.error ? <ErrorPanel outcome={outcomeWords(job.kind, job.state)} failure={job.error} /> : null}
      {onTables ? <JobFigures job={job} /> : null}
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 lg:grid-cols-[minmax(0,1fr)_328px]">
        <div className="flex min-w-0 flex-col gap-3">
          {onTables ? (
            <>
              <PhaseTable job={job} />
              <OutcomeList job={job} />
            </>
          ) : (
            <EventLog job={job} />
          )}
        </div>
        <div className="flex min-w-0 flex-col gap-3">
          {onTables ? (
            <>
              <RateCard job={job} />
              <CostCard job={job} />
              <EventLog job={job} />
            </>
          ) : (
            <Attempts job={job} />
          )}
        </div>
      </div>
    </Page>
  );
}

/** Of a restore, also where it lands. */
function titleOf(job: JobDetail): string {
  if (job.input.kind !== 'restore') return jobName(job);
  const { plan, clusterId, targetClusterId } = job.input;
  const what = `Restore ${plan.clusterName}, ${plural(plan.tables.length, 'table')}`;
  if (plan.clean) return `${what}, in place${clusterId === targetClusterId ? '' : ` on ${plan.targetClusterName}`}`;
  if (clusterId !== targetClusterId) return `${what}, into ${plan.targetClusterName}`;
  return `${what}, beside the live ${plan.tables.length === 1 ? 'one' : 'ones'}`;
}

function About({ job }: { job: JobDetail }) {
  const plan = job.input.kind === 'restore' ? job.input.plan : null;
  return (
    <>
      {plan === null ? null : (
        <>
          To{' '}
          <b className="font-medium text-ink">
            <PlanPoint plan={plan} />
          </b>{' '}
          ·{' '}
        </>
      )}
      asked by {job.createdBy} <Instant at={job.createdAt} style="second" />
      {job.executor === null ? null : ` · attempt ${job.attemptsMade} on ${job.executor}`}
      {job.backupId === null ? null : (
        <>
          {' · '}
          {job.kind === 'backup' && job.state !== 'succeeded' && job.state !== 'partly' ? (
            `backup ${shortId(job.backupId)}`
          ) : (
            <Link href={`/backups/${job.backupId}`} className="link-inline">
              backup {shortId(job.backupId)}
            </Link>
          )}
        </>
      )}
      {job.destinationName === null ? null : (
        <>
          {' · '}
          <Link href={`/destinations/${job.destinationName}`} className="link-inline">
            {job.destinationName}
          </Link>
        </>
      )}
      {job.parentReason === null ? null : ` · ${job.parentReason} of an earlier job`}
    </>
  );
}

function States({ job }: { job: JobDetail }) {
  const { word, state } = stateWords[job.state];
  const failed = job.progress?.tables.failed ?? 0;
  return (
    <>
      <Tag state={state}>
        {word}
        {job.startedAt === null ? null : (
          <>
            {hasEnded(job.state) ? ' after ' : ' '}
            <Elapsed since={job.startedAt} until={job.endedAt} />
          </>
        )}
      </Tag>
      {failed > 0 && job.progress ? <Tag state="bad">{`${failed} of ${job.progress.tables.total} failed`}</Tag> : null}
    </>
  );
}

function Attempts({ job }: { job: JobDetail }) {
  return (
    <section aria-label="Attempts" className="rounded-3 border border-line bg-surface shadow-1">
      <h2 className="border-b border-line px-3 py-2.5">Attempts</h2>
      {job.attempts.length === 0 ? <p className="px-3 py-2.5 text-ink-3">No executor has taken it yet.</p> : null}
      <ol>
        {job.attempts.map((attempt) => (
          <li key={attempt.id} className="border-b border-line px-3 py-2 text-12 last:border-b-0">
            <p className="flex justify-between gap-2">
              <span>
                {attempt.ordinal} on {attempt.executor}
              </span>
              <span className="text-ink-3">{attempt.outcome ?? 'running'}</span>
            </p>
            <p className="text-ink-3">
              <Instant at={attempt.startedAt} style="second" />,{' '}
              <Elapsed since={attempt.startedAt} until={attempt.endedAt} />
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
