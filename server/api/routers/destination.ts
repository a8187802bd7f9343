import { z } from 'zod';
import { registerDestinationInput } from '#server/contract/destination.ts';
import { listDestinations, showDestination } from '#server/destination/list.ts';
import { registerDestination } from '#server/destination/register.ts';
import { removeDestination } from '#server/destination/remove.ts';
import { startProbe, startReindex } from '#server/job/start-for-destination.ts';
import { adminProcedure, operatorProcedure, router, viewerProcedure } from '../trpc.ts';
import { byIdOrName } from './by-id-or-name.ts';

const destinationId = z.string();

export const destinationRouter = router({
  list: viewerProcedure.query(({ ctx }) => listDestinations(ctx)),
  show: viewerProcedure.input(byIdOrName).query(({ ctx, input }) => showDestination(ctx, input)),
  /** Registers, and starts the probe that says whether an executor can use it. */
  register: adminProcedure.input(registerDestinationInput).mutation(async ({ ctx, input }) => {
    const registered = await registerDestination(ctx, input);
    return { ...registered, probe: await startProbe(ctx, registered) };
  }),
  remove: adminProcedure
    .input(z.object({ destinationId, forget: z.boolean().optional() }))
    .mutation(({ ctx, input }) => removeDestination(ctx, input)),
  probe: operatorProcedure.input(z.object({ destinationId })).mutation(({ ctx, input }) => startProbe(ctx, input)),
  reindex: adminProcedure.input(z.object({ destinationId })).mutation(({ ctx, input }) => startReindex(ctx, input)),
});
