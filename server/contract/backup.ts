import { z } from 'zod';
import { scopeInput } from './scope.ts';

export const backupInput = z.object({
  clusterId: z.string(),
  destinationId: z.string(),
  scope: scopeInput,
  method: z.literal('logical', { error: 'only logical backups exist yet' }).default('logical'),
  /** Connections per storage node. */
  parallel: z.number().int().min(1).max(32).default(2),
});
export type BackupInput = z.infer<typeof backupInput>;
