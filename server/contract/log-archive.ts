import { z } from 'zod';
import type { Failure } from '#server/base/error.ts';

/**
 * What a stream says of itself, written by the executor that holds it. `starting`: nobody has it yet, or has just taken
 * it. `catching-up`: what the server had is being read. `following`: what is committed is archived within seconds.
 * `paused`: waits for the node or the destination, and goes on by itself. `failed`: somebody must do something; it is
 * tried again all the same. `reason` says why for the last two.
 */
export const streamStates = ['starting', 'catching-up', 'following', 'paused', 'failed'] as const;
export type StreamState = (typeof streamStates)[number];

/** As it is shown: `stopping` and `stopped` follow from what is wanted and from who holds the stream. */
export type ShownStreamState = StreamState | 'stopping' | 'stopped';

export const startArchiveInput = z.object({
  clusterId: z.string(),
  /** Left out: as before, or the only destination there is. */
  destinationId: z.string().optional(),
});
export type StartArchive = z.infer<typeof startArchiveInput>;

export interface StreamView {
  id: string;
  node: string;
  state: ShownStreamState;
  /** Why it is paused or failed; while it starts again: why it had to. */
  reason: Failure | null;
  /** When the next run begins, after one that failed. */
  retryAt: Date | null;
  executor: string | null;
  /** What lies in the repository reaches to here; the position is decimal text. */
  reached: { file: string; position: string; gtid: string | null } | null;
  /** Time of the last commit that is archived, to the second, by the clock of the node's server. */
  committedAt: Date | null;
  /** Everything committed by then is archived, by the clock of executors. */
  archivedUntil: Date | null;
  /** How long ago that is; null: not known yet. While it is stopped nothing lags. */
  lagMs: number | null;
  /** How far the server's clock is ahead of the executor's. */
  clockSkewMs: number | null;
  /**
   * Bytes of the server's log that were read, and all that was written to the destination for them so far: the pieces of
   * the tail too, which the segment that replaces them holds once more. So it is more than what lies there.
   */
  logBytes: bigint;
  writtenBytes: bigint;
  /** Sealed segments in the repository. */
  segments: number;
  /** Cores that the whole process of the executor kept busy lately; null: nobody runs it. */
  executorCpu: number | null;
  gaps: number;
  lastGap: { at: string; message: string } | null;
  updatedAt: Date;
}

export interface ArchiveView {
  cluster: { id: string; name: string };
  /** null: this cluster's log was never archived. */
  destination: { id: string; name: string } | null;
  wanted: boolean;
  changedAt: Date | null;
  /** By node. */
  streams: StreamView[];
}
