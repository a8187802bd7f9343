import type { Context } from '#server/audit/context.ts';
import type { JobKind, JobState } from '#server/contract/job.ts';
import type { Prisma } from '#server/db/client.ts';
import { containing } from '#server/db/containing.ts';
import { type JobView, jobViewColumns, jobViewOf } from './job-view.ts';

export interface JobFilter {
  states?: readonly JobState[];
  kinds?: readonly JobKind[];
  clusterId?: string;
  /** Words of the title, names of tables, cluster or destination, who started it; or a number. */
  text?: string;
  /** Created at or after, before. */
  from?: Date;
  until?: Date;
  /** `next` of the page before. */
  after?: string;
  /** 1 to 500 */
  limit?: number;
}

/** Newest first, without the short questions of the console (`inspect`) unless they are asked for by kind. */
export async function listJobs(
  { db }: Pick<Context, 'db'>,
  filter: JobFilter = {},
): Promise<{ jobs: JobView[]; next: string | null }> {
  const limit = Math.min(filter.limit ?? 50, 500);
  const rows = await db.job.findMany({
    where: whereOf(filter),
    select: jobViewColumns,
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const jobs = rows.slice(0, limit).map(jobViewOf);
  return { jobs, next: rows.length > limit ? jobs.at(-1)!.id : null };
}

/** How many jobs are in each state now, for the overview; ended ones only of the last day. */
export async function countJobs({
  db,
  clock,
}: Pick<Context, 'db' | 'clock'>): Promise<Partial<Record<JobState, number>>> {
  const groups = await db.job.groupBy({
    by: ['state'],
    where: {
      kind: { not: 'inspect' },
      OR: [
        { state: { in: ['queued', 'running', 'cancelling'] } },
        { createdAt: { gte: new Date(clock.now().getTime() - 86_400_000) } },
      ],
    },
    _count: true,
  });
  return Object.fromEntries(groups.map((group) => [group.state, group._count]));
}

function whereOf(filter: JobFilter): Prisma.JobWhereInput {
  const text = filter.text?.trim().toLowerCase() ?? '';
  const number = /^#?\d{1,9}$/.test(text) ? Number(text.replace('#', '')) : undefined;
  return {
    id: filter.after === undefined ? undefined : { lt: filter.after },
    kind: filter.kinds && filter.kinds.length > 0 ? { in: [...filter.kinds] } : { not: 'inspect' },
    state: filter.states && filter.states.length > 0 ? { in: [...filter.states] } : undefined,
    clusterId: filter.clusterId,
    createdAt: filter.from || filter.until ? { gte: filter.from, lt: filter.until } : undefined,
    ...(number !== undefined && { OR: [{ number }, { searchText: containing(text) }] }),
    ...(number === undefined && text !== '' && { searchText: containing(text) }),
  };
}
