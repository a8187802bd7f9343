import type { Context } from '#server/audit/context.ts';

export interface ExecutorView {
  name: string;
  startedAt: Date;
  heartbeatAt: Date;
  /** Heard of within the last 15 s. */
  alive: boolean;
}

/** An executor that has said nothing for this long is shown as gone. */
const silentAfterMs = 15_000;

/** Executors that were heard of within a day, by name: the last start of each, and every one that is alive. */
export async function listExecutors({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<ExecutorView[]> {
  const now = clock.now().getTime();
  const rows = await db.executor.findMany({
    where: { heartbeatAt: { gte: new Date(now - 86_400_000) } },
    orderBy: [{ name: 'asc' }, { id: 'desc' }],
  });
  const all = rows.map(({ name, startedAt, heartbeatAt, stoppedAt }) => ({
    name,
    startedAt,
    heartbeatAt,
    alive: stoppedAt === null && now - heartbeatAt.getTime() < silentAfterMs,
  }));
  return all.filter(({ name, alive }, index) => alive || all.findIndex((one) => one.name === name) === index);
}
