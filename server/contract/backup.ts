import { z } from 'zod';
import { scopeInput } from './scope.ts';

/** A snapshot that is open for long keeps a server from purging: at least long enough for a table, at most a week. */
export const snapshotAge = { minMs: 60_000, maxMs: 7 * 86_400_000, defaultMs: 6 * 3_600_000 };
/** Less than this a second would hold the tables' locks for ages. */
export const leastByteRate = 64 * 1024;

/** How gently a backup reads. Each bound that is null is not set. */
export const gentleness = z.object({
  /** Raw bytes a second, over all connections to all nodes together. */
  maxBytesPerSecond: z.number().int().min(leastByteRate).nullable().default(null),
  /** No chunk is begun on a node while more sessions than this run a statement there. */
  maxThreadsRunning: z.number().int().min(1).max(100_000).nullable().default(null),
  /** After this, tables that are not read yet are read from a new snapshot with a position of its own. */
  maxSnapshotAgeMs: z.number().int().min(snapshotAge.minMs).max(snapshotAge.maxMs).default(snapshotAge.defaultMs),
  /** `replica`: rows are read on the replicas that are registered for the storage nodes, positions are the primaries'. */
  readFrom: z.enum(['primary', 'replica']).default('primary'),
});
export type Gentleness = z.infer<typeof gentleness>;

/** A third one reads small tables a sixth faster, but costs the server more for the same rows of a large one. */
export const usualReadConnections = 2;

export const backupInput = z.object({
  clusterId: z.string(),
  destinationId: z.string(),
  scope: scopeInput,
  method: z.literal('logical', { error: 'only logical backups exist yet' }).default('logical'),
  /** Connections per storage node. */
  parallel: z.number().int().min(1).max(32).default(usualReadConnections),
  ...gentleness.shape,
});
export type BackupInput = z.infer<typeof backupInput>;
/** As it may be asked for: what is left out has a default. */
export type BackupAsked = z.input<typeof backupInput>;
