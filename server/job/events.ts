import type { Context } from '#server/audit/context.ts';
import type { JobEvent } from '#server/contract/job.ts';

/** Events of a job after the one with id `after` (0 = from the first), oldest first. */
export async function listJobEvents(
  { db }: Pick<Context, 'db'>,
  input: { jobId: string; after?: number; limit?: number },
): Promise<JobEvent[]> {
  const rows = await db.jobEvent.findMany({
    where: { jobId: input.jobId, id: { gt: input.after ?? 0 } },
    orderBy: { id: 'asc' },
    take: Math.min(input.limit ?? 500, 1_000),
  });
  return rows.map(({ id, at, level, message }) => ({
    id,
    at: at.toISOString(),
    level: level as JobEvent['level'],
    message,
  }));
}
