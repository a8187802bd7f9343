import { tracked } from '@trpc/server';
import { z } from 'zod';
import { jobKinds, jobStates } from '#server/contract/job.ts';
import { cancelJob } from '#server/job/cancel.ts';
import { listJobEvents } from '#server/job/events.ts';
import { countJobs, listJobs } from '#server/job/list.ts';
import { cloneJob, retryJob } from '#server/job/retry.ts';
import { listJobTables, showJob } from '#server/job/show.ts';
import { watchChanges, watchJob } from '#server/job/watch.ts';
import { operatorProcedure, router, viewerProcedure } from '../trpc.ts';

const jobId = z.string();
/** What tRPC's client sends when it comes back: the id of the last message it got. */
const lastEventId = z.string().nullish();

export const jobRouter = router({
  list: viewerProcedure
    .input(
      z.object({
        states: z.array(z.enum(jobStates)).optional(),
        kinds: z.array(z.enum(jobKinds)).optional(),
        clusterId: z.string().optional(),
        text: z.string().max(200).optional(),
        from: z.date().optional(),
        until: z.date().optional(),
        cursor: z.string().nullish(),
        limit: z.number().int().min(1).max(500).default(50),
      }),
    )
    .query(async ({ ctx, input: { cursor, ...filter } }) => {
      const { jobs, next } = await listJobs(ctx, { ...filter, after: cursor ?? undefined });
      return { jobs, nextCursor: next };
    }),
  counts: viewerProcedure.query(({ ctx }) => countJobs(ctx)),
  show: viewerProcedure
    .input(z.union([z.object({ id: jobId }), z.object({ number: z.number().int() })]))
    .query(({ ctx, input }) => showJob(ctx, input)),
  tables: viewerProcedure
    .input(
      z.object({
        jobId,
        state: z.enum(['waiting', 'running', 'done', 'failed']).optional(),
        cursor: z.number().int().nullish(),
        limit: z.number().int().min(1).max(1_000).default(200),
      }),
    )
    .query(async ({ ctx, input: { cursor, ...rest } }) => {
      const { tables, next } = await listJobTables(ctx, { ...rest, after: cursor ?? undefined });
      return { tables, nextCursor: next };
    }),
  events: viewerProcedure
    .input(
      z.object({ jobId, after: z.number().int().optional(), limit: z.number().int().min(1).max(1_000).optional() }),
    )
    .query(({ ctx, input }) => listJobEvents(ctx, input)),
  cancel: operatorProcedure.input(z.object({ jobId })).mutation(({ ctx, input }) => cancelJob(ctx, input)),
  retry: operatorProcedure.input(z.object({ jobId })).mutation(({ ctx, input }) => retryJob(ctx, input)),
  clone: operatorProcedure.input(z.object({ jobId })).mutation(({ ctx, input }) => cloneJob(ctx, input)),

  /** One job, from its present state to its end; a browser that comes back goes on where it was. */
  watch: viewerProcedure.input(z.object({ jobId, lastEventId })).subscription(async function* ({ ctx, input, signal }) {
    const after = input.lastEventId ?? undefined;
    for await (const change of watchJob(ctx, { jobId: input.jobId, after, signal: signal! }))
      yield tracked(change.mark, change);
  }),

  /**
   * The one stream a browser holds, for all its tabs: which rows changed, never what is in them. Screens ask anew for
   * what they show; `resync` says to ask for everything.
   */
  live: viewerProcedure.subscription(async function* ({ ctx, signal }) {
    yield [{ about: 'resync' as const }];
    yield* watchChanges(ctx, { signal: signal! });
  }),
});
