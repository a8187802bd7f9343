import type { Context } from '#server/audit/context.ts';

/**
 * Milliseconds per raw MiB of the restores of this installation that succeeded, newest first, at most 50: what an
 * estimate is made of. Restores of less than a MiB say nothing about speed.
 */
export async function restoreHistory({ db }: Pick<Context, 'db'>): Promise<number[]> {
  const jobs = await db.job.findMany({
    where: { kind: 'restore', state: 'succeeded' },
    orderBy: { id: 'desc' },
    take: 50,
    select: { startedAt: true, endedAt: true, tables: { select: { bytes: true } } },
  });
  return jobs.flatMap(({ startedAt, endedAt, tables }) => {
    const mebibytes = Number(tables.reduce((sum, table) => sum + table.bytes, 0n)) / 1_048_576;
    return startedAt && endedAt && mebibytes >= 1 ? [(endedAt.getTime() - startedAt.getTime()) / mebibytes] : [];
  });
}
