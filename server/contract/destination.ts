import { z } from 'zod';
import { resourceName } from './cluster.ts';

export const destinationKinds = ['fs', 's3', 'sftp', 'webhdfs', 'pipe'] as const;

/** Only `fs` exists yet; the others are named so that their refusal can say so. */
export const registerDestinationInput = z.object({
  name: resourceName,
  kind: z.literal('fs', { error: 'only destinations of kind fs exist yet' }),
  path: z.string().max(1_024).regex(/^\//, 'give an absolute path on the machine of the executor'),
});
export type RegisterDestination = z.infer<typeof registerDestinationInput>;

/** What a probe of a destination found out; stored and shown. */
export const destinationFeatures = z.object({
  noReplace: z.boolean(),
  rangeRead: z.boolean(),
  list: z.boolean(),
  remove: z.boolean(),
  freeBytes: z.number().nullable(),
  repositoryId: z.string(),
});
export type DestinationFeatures = z.infer<typeof destinationFeatures>;
