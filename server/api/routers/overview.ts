import { z } from 'zod';
import { listAudit } from '#server/audit/list.ts';
import { overview } from '#server/catalog/overview.ts';
import { listExecutors } from '#server/job/executors.ts';
import { adminProcedure, router, viewerProcedure } from '../trpc.ts';

export const overviewRouter = router({
  summary: viewerProcedure.query(({ ctx }) => overview(ctx)),
  executors: viewerProcedure.query(({ ctx }) => listExecutors(ctx)),
});

export const auditRouter = router({
  list: adminProcedure
    .input(
      z.object({
        subject: z.string().optional(),
        cursor: z.string().nullish(),
        limit: z.number().int().min(1).max(500).default(100),
      }),
    )
    .query(async ({ ctx, input: { cursor, ...rest } }) => {
      const { rows, next } = await listAudit(ctx, { ...rest, before: cursor ?? undefined });
      return { rows, nextCursor: next };
    }),
});
