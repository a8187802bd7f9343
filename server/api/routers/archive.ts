import { z } from 'zod';
import { startArchiveInput } from '#server/contract/log-archive.ts';
import { showArchive } from '#server/log-archive/show.ts';
import { startArchive } from '#server/log-archive/start.ts';
import { stopArchive } from '#server/log-archive/stop.ts';
import { operatorProcedure, router, viewerProcedure } from '../trpc.ts';
import { byIdOrName } from './by-id-or-name.ts';

export const archiveRouter = router({
  /** Of the cluster with this id or name. */
  status: viewerProcedure.input(byIdOrName).query(({ ctx, input }) => showArchive(ctx, input)),
  start: operatorProcedure.input(startArchiveInput).mutation(({ ctx, input }) => startArchive(ctx, input)),
  stop: operatorProcedure
    .input(z.object({ clusterId: z.string() }))
    .mutation(({ ctx, input }) => stopArchive(ctx, input)),
});
