import { changesInput } from '#server/contract/changes.ts';
import { ask } from '#server/job/ask.ts';
import { router, viewerProcedure } from '../trpc.ts';

export const changesRouter = router({
  /** What happened to a table, as the log archive says now. */
  list: viewerProcedure
    .input(changesInput)
    .query(async ({ ctx, input }) => (await ask(ctx, { ask: 'changes', ...input })).answer),
});
