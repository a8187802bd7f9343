import { z } from 'zod';
import { backupInput } from '#server/contract/backup.ts';
import { inspectQuestion } from '#server/contract/inspect.ts';
import { restorePlan } from '#server/contract/restore.ts';
import type { Lane } from '#server/db/nudge.ts';

/**
 * What each kind of job carries in its row: ids and choices, never a secret. Parsed again by the executor before it does
 * anything. A backup's id is made with the job, so that a second attempt finds what a first one published.
 */
export const jobInput = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('inspect'), question: inspectQuestion }),
  z.object({ kind: z.literal('backup'), backupId: z.string(), backup: backupInput }),
  z.object({
    kind: z.literal('restore'),
    plan: restorePlan,
    /** Tables that were asked for and that the plan could not take: they count as failed, or nobody would miss them. */
    leftOut: restorePlan.shape.tables.default([]),
    clusterId: z.string(),
    targetClusterId: z.string(),
    destinationId: z.string(),
  }),
  z.object({ kind: z.literal('verify'), backupId: z.string(), destinationId: z.string() }),
  z.object({ kind: z.literal('remove-backup'), backupId: z.string(), destinationId: z.string() }),
  z.object({ kind: z.literal('probe-destination'), destinationId: z.string() }),
  z.object({ kind: z.literal('reindex'), destinationId: z.string() }),
  z.object({ kind: z.literal('drop-kept'), keptId: z.string(), clusterId: z.string() }),
]);
export type JobInput = z.infer<typeof jobInput>;

const quickKinds: readonly JobInput['kind'][] = ['inspect', 'probe-destination'];
export const laneOf = (kind: JobInput['kind']): Lane => (quickKinds.includes(kind) ? 'quick' : 'long');
