import { archiveRouter } from './routers/archive.ts';
import { backupRouter } from './routers/backup.ts';
import { changesRouter } from './routers/changes.ts';
import { clusterRouter, tableRouter } from './routers/cluster.ts';
import { destinationRouter } from './routers/destination.ts';
import { jobRouter } from './routers/job.ts';
import { auditRouter, overviewRouter } from './routers/overview.ts';
import { peopleRouter, tokenRouter } from './routers/people.ts';
import { restoreRouter } from './routers/restore.ts';
import { createCallerFactory, router } from './trpc.ts';

export const appRouter = router({
  overview: overviewRouter,
  cluster: clusterRouter,
  table: tableRouter,
  destination: destinationRouter,
  archive: archiveRouter,
  changes: changesRouter,
  backup: backupRouter,
  restore: restoreRouter,
  job: jobRouter,
  people: peopleRouter,
  token: tokenRouter,
  audit: auditRouter,
});
export type AppRouter = typeof appRouter;
export const createCaller = createCallerFactory(appRouter);
