'use client';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Column } from '#components/data-table/column.ts';
import { DataTable } from '#components/data-table/data-table.tsx';
import { FilterChips } from '#components/data-table/filter-chips.tsx';
import { SearchBox } from '#components/data-table/search-box.tsx';
import { Elapsed } from '#components/format/ago.tsx';
import { Instant } from '#components/format/instant.tsx';
import { formatPercent } from '#components/format/number.ts';
import { Page } from '#components/layout/page.tsx';
import { useAddress } from '#components/layout/use-address.ts';
import { failureOrNull } from '#components/trpc/failure.ts';
import { LiveMark } from '#components/trpc/live-mark.tsx';
import type { Job, JobPage } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { Select } from '#components/ui/select.tsx';
import { hasEnded, type JobKind, type JobState, jobStates } from '#server/contract/job.ts';
import { shareOf } from './job-progress.tsx';
import { JobTag } from './job-tag.tsx';
import { filteredKinds, jobName, kindWords, stateWords } from './job-words.ts';

const columns: Column<Job>[] = [
  { key: 'number', header: 'Job', cell: ({ number }) => `#${number}`, width: '72px' },
  { key: 'state', header: 'State', cell: (job) => <StateCell job={job} />, width: '128px' },
  {
    key: 'name',
    header: 'What',
    cell: (job) => <span title={jobName(job)}>{jobName(job)}</span>,
    primary: true,
    width: 'minmax(0,3fr)',
  },
  { key: 'by', header: 'Asked by', cell: ({ createdBy }) => createdBy, width: 'minmax(0,.8fr)', hideBelow: 'middle' },
  {
    key: 'executor',
    header: 'Executor',
    cell: ({ executor }) => executor ?? '–',
    width: 'minmax(0,.8fr)',
    hideBelow: 'wide',
  },
  {
    key: 'created',
    header: 'Asked',
    num: true,
    cell: ({ createdAt }) => <Instant at={createdAt} style="second" />,
    width: '124px',
  },
  { key: 'took', header: 'Took', num: true, cell: (job) => <Took job={job} />, width: '84px' },
];

const rowKey = ({ id }: Job) => id;
const rowHref = ({ number }: Job) => `/jobs/${number}`;

/** All jobs, newest first; every filter is in the address. */
export function JobsPage({ initial }: { initial?: JobPage }) {
  const trpc = useTRPC();
  const { params, set } = useAddress();
  const clusters = useQuery(trpc.cluster.list.queryOptions()).data;
  const counts = useQuery(trpc.job.counts.queryOptions()).data;
  const states = jobStates.filter((state) => params.getAll('state').includes(state));
  const kinds = filteredKinds.filter((kind) => params.getAll('kind').includes(kind));
  const cluster = params.get('cluster') ?? '';
  const text = params.get('text') ?? '';
  const narrowed = states.length + kinds.length > 0 || cluster !== '' || text !== '';
  const clusterId = clusters?.find(({ name }) => name === cluster)?.id;
  const found = useInfiniteQuery(
    trpc.job.list.infiniteQueryOptions(
      {
        states: states.length > 0 ? states : undefined,
        kinds: kinds.length > 0 ? kinds : undefined,
        clusterId,
        text: text || undefined,
        limit: 100,
      },
      {
        getNextPageParam: ({ nextCursor }) => nextCursor,
        placeholderData: (before) => before,
        enabled: cluster === '' || clusterId !== undefined,
        initialData: narrowed || !initial ? undefined : { pages: [initial], pageParams: [null] },
      },
    ),
  );
  return (
    <Page title="Jobs" live={<LiveMark />}>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <FilterChips<JobState>
          label="State"
          chosen={states}
          onChange={(state) => set({ state }, { replace: true })}
          options={jobStates.map((state) => ({
            value: state,
            label: stateWords[state].word,
            count: hasEnded(state) ? undefined : counts?.[state],
          }))}
        />
        <span className="flex-1 max-sm:hidden" />
        <Select
          aria-label="Kind"
          value={kinds[0] ?? ''}
          onChange={(event) => set({ kind: event.target.value }, { replace: true })}
          className="w-32 [&_select]:h-control-s [&_select]:text-12"
        >
          <option value="">All kinds</option>
          {filteredKinds.map((kind: JobKind) => (
            <option key={kind} value={kind}>
              {kindWords[kind]}
            </option>
          ))}
        </Select>
        <Select
          aria-label="Cluster"
          value={cluster}
          onChange={(event) => set({ cluster: event.target.value }, { replace: true })}
          className="w-32 [&_select]:h-control-s [&_select]:text-12"
        >
          <option value="">All clusters</option>
          {clusters?.map(({ id, name }) => (
            <option key={id}>{name}</option>
          ))}
        </Select>
        <SearchBox
          label="Search jobs"
          value={text}
          onSearch={(next) => set({ text: next }, { replace: true })}
          className="w-40 max-sm:w-full"
        />
      </div>
      <Card aria-label="Jobs">
        <DataTable
          label="Jobs, newest first"
          columns={columns}
          rows={found.data?.pages.flatMap(({ jobs }) => jobs) ?? []}
          rowKey={rowKey}
          rowHref={rowHref}
          loading={found.isPending}
          failure={found.data === undefined ? failureOrNull(found.error) : null}
          onEndReached={found.hasNextPage ? () => !found.isFetchingNextPage && found.fetchNextPage() : undefined}
          empty={
            narrowed ? (
              <EmptyState
                title="No job fits"
                action={
                  <Button onClick={() => set({ state: null, kind: null, cluster: null, text: null })}>
                    Show all jobs
                  </Button>
                }
              />
            ) : (
              <EmptyState title="No job has run">
                Backups, restores and verifications are listed here, running and ended.
              </EmptyState>
            )
          }
        />
      </Card>
    </Page>
  );
}

function StateCell({ job }: { job: Job }) {
  const share = shareOf(job);
  return (
    <span className="flex items-center gap-1.5">
      <JobTag state={job.state} />
      {job.state === 'running' && share !== undefined ? (
        <span className="text-12 text-ink-2 tabular-nums">{formatPercent(share)}</span>
      ) : null}
    </span>
  );
}

function Took({ job }: { job: Job }) {
  if (job.startedAt === null) return <span className="text-ink-3">–</span>;
  return <Elapsed since={job.startedAt} until={job.endedAt} />;
}
