import type { Cancellation } from '#server/base/abort.ts';
import type { Clock } from '#server/base/clock.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { Logger } from '#server/base/log.ts';
import type { JobEvent, ProgressReport } from '#server/contract/job.ts';
import type { NodeSigns } from '#server/contract/progress.ts';

/**
 * All a command knows of the world that runs it. The executor makes it from rows; a test makes it from nothing.
 * A command never learns where progress, events and the journal are kept.
 */
export interface Attempt {
  readonly jobId: string;
  /** Lower-case ULID, unique among all attempts: names what this attempt writes. */
  readonly attemptId: string;
  /** Ids of earlier attempts at the same job, oldest first: what they left may be cleaned. */
  readonly earlierAttempts: readonly string[];
  readonly cancellation: Cancellation;
  readonly clock: Clock;
  readonly log: Logger;
  readonly lease: Lease;
  readonly journal: Journal;
  /**
   * Of these attempts, at any job, those whose job has ended: nobody comes back for what they left. Ids that are not
   * known here are not in the answer.
   */
  ended(attemptIds: readonly string[]): Promise<EndedAttempt[]>;
  report(progress: ProgressReport): void;
  /** From now on the job as a whole is at this step; the one before is over. */
  step(name: string): void;
  /** What a node says of itself; replaces what was told of it before. */
  signs(signs: NodeSigns): void;
  /** A writer was seen to wait this long because of us. The longest is kept. */
  writerWaited(ms: number): void;
  event(level: JobEvent['level'], message: string): void;
}

export interface EndedAttempt {
  readonly attemptId: string;
  /** The journal of its job, by key. */
  readonly notes: ReadonlyMap<string, unknown>;
}

/** Asked just before every step that others can see. Throws `job/lease-lost` when another attempt may be running. */
export interface Lease {
  assertHeld(): Promise<void>;
}

/**
 * Notes of a job that outlive its attempts: what is about to be done and how to undo it. `save` is durable before it
 * resolves and throws `job/lease-lost` for an attempt that no longer holds the job.
 */
export interface Journal {
  load(key: string): Promise<unknown>;
  save(key: string, value: unknown): Promise<void>;
  /** The same for several notes: all of them or none. */
  saveAll(notes: ReadonlyMap<string, unknown>): Promise<void>;
}

/** Why an attempt is told to stop when its job goes on with another one: what that can use is left for it. */
export function handingBack(): TidemarkError {
  return new TidemarkError('job/cancelled', 'the executor is stopping', { context: { goesOn: true } });
}

export function isHandingBack({ cancellation }: Pick<Attempt, 'cancellation'>): boolean {
  const { reason } = cancellation.stop;
  return reason instanceof TidemarkError && reason.context.goesOn === true;
}
