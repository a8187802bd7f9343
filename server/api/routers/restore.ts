import { z } from 'zod';
import { listKept } from '#server/catalog/kept.ts';
import { restoreInput } from '#server/contract/restore.ts';
import { ask } from '#server/job/ask.ts';
import { startDropKept } from '#server/job/start-drop-kept.ts';
import { startRestore } from '#server/job/start-restore.ts';
import { adminProcedure, operatorProcedure, router, viewerProcedure } from '../trpc.ts';

export const restoreRouter = router({
  /** `planJobId` names the plan: `run` takes that one, and no other. */
  plan: operatorProcedure.input(restoreInput).mutation(async ({ ctx, input }) => {
    const { jobId, answer } = await ask(ctx, { ask: 'plan-restore', restore: input });
    return { planJobId: jobId, plan: answer };
  }),
  run: operatorProcedure
    .input(z.object({ planJobId: z.string() }))
    .mutation(({ ctx, input }) => startRestore(ctx, input)),
  kept: viewerProcedure
    .input(z.object({ clusterId: z.string().optional() }).default({}))
    .query(({ ctx, input }) => listKept(ctx, input)),
  dropKept: adminProcedure
    .input(z.object({ keptId: z.string() }))
    .mutation(({ ctx, input }) => startDropKept(ctx, input)),
});
