import type { Context } from '#server/audit/context.ts';

export interface ExecutorView {
  id: string;
  name: string;
  machine: string;
  pid: number;
  version: string;
  startedAt: Date;
  heartbeatAt: Date;
  /** Heard of within the last 15 s, and not stopped. */
  isAlive: boolean;
  /** Jobs it runs now. */
  jobs: number;
}

const aliveForMs = 15_000;

/** Executors that live or were heard of within a day, the newest first. */
export async function listExecutors({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<ExecutorView[]> {
  const now = clock.now().getTime();
  const [rows, running] = await Promise.all([
    db.executor.findMany({
      where: { heartbeatAt: { gte: new Date(now - 86_400_000) } },
      orderBy: { id: 'desc' },
      take: 100,
    }),
    db.job.groupBy({ by: ['executor'], where: { state: { in: ['running', 'cancelling'] } }, _count: true }),
  ]);
  return rows.map(({ stoppedAt, ...row }) => {
    const isAlive = stoppedAt === null && now - row.heartbeatAt.getTime() < aliveForMs;
    const jobs = running.find(({ executor }) => executor === row.name)?._count ?? 0;
    return { ...row, isAlive, jobs: isAlive ? jobs : 0 };
  });
}
