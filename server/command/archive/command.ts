import type { Cancellation } from '#server/base/abort.ts';
import type { Clock } from '#server/base/clock.ts';
import type { TidemarkError } from '#server/base/error.ts';
import type { Logger } from '#server/base/log.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import type { LogStream } from '#server/manifest/log-schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { Attempt, Lease } from '../attempt.ts';

/** What an archive of one node's log knows of the world that runs it: an attempt whose work has no end. */
export interface ArchiveAttempt {
  /** Lower-case ULID: names what it writes. */
  readonly attemptId: string;
  readonly cancellation: Cancellation;
  readonly clock: Clock;
  readonly log: Logger;
  readonly lease: Lease;
  readonly event: Attempt['event'];
  /** Called when something became durable, and when the state changes. */
  report(status: ArchiveStatus): void;
}

export interface ArchiveCommand {
  readonly storage: Storage;
  readonly stream: LogStream;
  readonly node: MysqlAccess;
  /** Where an archive begins that has nothing yet: with the oldest file that is there, or with the one being written. */
  readonly begin: 'oldest' | 'newest';
  readonly sizes?: Partial<ArchiveSizes>;
}

export interface ArchiveSizes {
  /** Bytes of the log in a segment; larger ones are fewer, smaller ones sooner sealed. Default 128 MiB. */
  readonly segmentBytes: number;
  /** A segment is sealed after so long, whatever its size: until then it lies in pieces. Default 10 minutes. */
  readonly segmentMs: number;
  /** What came is in the repository this long after, and the time that takes. Default 1 second. */
  readonly tailMs: number;
}

export const defaultSizes: ArchiveSizes = { segmentBytes: 128 * 1024 ** 2, segmentMs: 600_000, tailMs: 1_000 };

export interface ArchiveStatus {
  /** `behind`: what the server had when we came is still being read. `paused`: `error` says why, and it is tried again. */
  readonly state: 'behind' | 'live' | 'paused';
  readonly error: TidemarkError | null;
  /** The segment that is being filled. */
  readonly sequence: number;
  /** What lies in the repository reaches to here; null: nothing does yet. */
  readonly durable: {
    readonly file: string;
    readonly position: string;
    readonly gtid: string | null;
    /** Time of the latest group in it, to the second, by the server's clock; null: there is none. */
    readonly committedAt: Date | null;
  } | null;
  /** Everything the server had committed by then lies in the repository. null: not known yet. */
  readonly caughtUpAt: Date | null;
  /** Since this run began. */
  readonly logBytes: number;
  readonly storedBytes: number;
  /** How far the server's clock is ahead of ours. */
  readonly clockSkewMs: number;
}
