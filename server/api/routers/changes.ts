import { z } from 'zod';
import { changesInput } from '#server/contract/changes.ts';
import { ask } from '#server/job/ask.ts';
import { router, viewerProcedure } from '../trpc.ts';

const listInput = changesInput.omit({ after: true }).extend({ cursor: z.string().nullish() });

export const changesRouter = router({
  /** What happened to a table, as the log archive says now; `cursor`: `next` of the page of transactions before. */
  list: viewerProcedure.input(listInput).query(async ({ ctx, input: { cursor, ...asked } }) => {
    const { answer } = await ask(ctx, { ask: 'changes', ...asked, after: cursor ?? null });
    return answer;
  }),
});
