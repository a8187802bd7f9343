import { TidemarkError } from '#server/base/error.ts';
import { type Enqueued, enqueue, type JobContext } from './enqueue.ts';

/** Looks what a destination can do and how much is free. Errors: `not-found`. */
export const startProbe = (context: JobContext, input: { destinationId: string }): Promise<Enqueued> =>
  startForDestination(context, 'probe-destination', input.destinationId);

/** Reads the catalog anew from what lies on a destination. Errors: `not-found`. */
export const startReindex = (context: JobContext, input: { destinationId: string }): Promise<Enqueued> =>
  startForDestination(context, 'reindex', input.destinationId);

async function startForDestination(context: JobContext, kind: 'probe-destination' | 'reindex', destinationId: string) {
  const destination = await context.db.destination.findUnique({
    where: { id: destinationId },
    select: { id: true, name: true },
  });
  if (!destination) throw new TidemarkError('not-found', 'there is no such destination');
  return enqueue(context, { input: { kind, destinationId }, title: destination.name, destination });
}
