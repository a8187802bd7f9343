import { pause } from '#server/base/abort.ts';
import { hasCode, TidemarkError } from '#server/base/error.ts';
import type { Logger } from '#server/base/log.ts';
import { handingBack } from '#server/command/attempt.ts';
import type { Lane } from '#server/db/nudge.ts';
import type { Claimed } from '#server/job/claim.ts';
import { handBackJob } from '#server/job/hand-back.ts';
import { heartbeat, isHeld } from '#server/job/heartbeat.ts';
import { leaseLost } from '#server/job/held.ts';
import { type JobInput, jobInput } from '#server/job/input.ts';
import { openAttempt } from './attempt.ts';
import { finish, type Result } from './finish.ts';
import { keepLease, type LeaseTiming } from './lease.ts';
import type { Outcome, Runner, Runners, World } from './runner.ts';

/**
 * How long a command may clean up after it was told to stop, before it is told to drop everything; and how long after
 * that it is waited for at all.
 */
export interface GraceTiming {
  readonly cancelMs: number;
  readonly shutdownMs: number;
  readonly giveUpMs: number;
}
export const graceTiming: GraceTiming = { cancelMs: 60_000, shutdownMs: 15_000, giveUpMs: 10_000 };

export interface JobRun {
  readonly jobId: string;
  /** Settles when this attempt has ended its job, handed it back, lost it or was given up. Never rejects. */
  readonly done: Promise<void>;
  /** Somebody wants the job cancelled. */
  cancel(): void;
  /** This executor stops: the job is to go back to the queue. */
  handBack(): void;
}

export interface RunContext extends World {
  readonly log: Logger;
  readonly runners: Runners;
  readonly executor: string;
  readonly lease: LeaseTiming;
  readonly grace: GraceTiming;
}

/**
 * One attempt at one job, from claim to end. Whatever the command does, exactly one of these is the end: the job is ended
 * (with what the command answered or threw), handed back, or lost to another attempt, and then nothing is written.
 */
export function runJob(context: RunContext, claimed: Claimed & { lane: Lane; since: number }): JobRun {
  const { db, clock } = context;
  const log = context.log.with({ job: claimed.number, attempt: claimed.attemptId, kind: claimed.kind });
  const stop = new AbortController();
  const abandon = new AbortController();
  const ended = new AbortController();
  let wanted: 'run' | 'cancel' | 'clean up' | 'hand back' = 'run';
  let isLost = false;

  const stopWith = async (reason: TidemarkError, graceMs: number) => {
    stop.abort(reason);
    await pause(graceMs, ended.signal);
    if (!ended.signal.aborted) abandon.abort(reason);
  };
  const cancel = () => {
    // What a command leaves to the next attempt while it is handed back, that one cleans up.
    if (wanted !== 'run' || isLost) return;
    wanted = 'cancel';
    void stopWith(new TidemarkError('job/cancelled', 'the job was cancelled'), context.grace.cancelMs);
  };
  const cleanUp = () => {
    wanted = 'clean up';
    const error = new TidemarkError('job/executor-lost', 'every executor that had the job stopped answering');
    void stopWith(error, context.grace.cancelMs);
  };
  const handBack = () => {
    if (wanted !== 'run' || isLost) return;
    wanted = 'hand back';
    void stopWith(handingBack(), context.grace.shutdownMs);
  };

  const lease = keepLease({
    row: {
      renew: (leaseMs) => heartbeat(db, claimed, leaseMs),
      isHeld: () => isHeld(db, claimed),
      lost: () => leaseLost(claimed),
    },
    clock,
    log,
    timing: context.lease,
    since: claimed.since,
    onCancel: cancel,
    onLost: (error) => {
      isLost = true;
      log.warn('lost the lease; this attempt writes nothing more');
      stop.abort(error);
      abandon.abort(error);
    },
  });

  async function run(): Promise<void> {
    const cancellation = { stop: stop.signal, abandon: abandon.signal };
    const knownTables = await db.jobTable.count({ where: { jobId: claimed.jobId } }).catch(() => 0);
    const attempt = openAttempt({ db, claimed, clock, log, lease, cancellation, knownTables });
    try {
      if (claimed.cancelRequested) cancel();
      else if (claimed.cleanUpOnly) cleanUp();
      attempt.event('info', `attempt ${claimed.earlierAttempts.length + 1} on executor ${context.executor}`);
      const result = await runCommand(context, attempt, claimed.input, () => wanted === 'cancel');
      await attempt.settle();
      lease.stop();
      if (isLost) return;
      // Only what is whole ends here: a command told to stop answers with half of it, and the journal has the other half.
      if (wanted === 'hand back' && !('outcome' in result && result.outcome.state === 'succeeded')) {
        await handBackJob(db, context.nudge, { ...claimed, executor: context.executor });
        log.info('handed back');
      } else await finish(db, claimed, lease, result, log);
      log.info('ended', { result: Object.keys(result)[0], error: 'thrown' in result ? result.thrown : undefined });
    } catch (error) {
      if (hasCode(error, 'job/lease-lost')) log.warn('the job was taken by another attempt');
      else log.error('could not end the job; its lease runs out now', { error });
    } finally {
      lease.stop();
      attempt.close();
      ended.abort();
    }
  }

  /** A command that does not end even then must not keep the job for ever, nor a slot of ours. */
  const gaveUp = new Promise<void>((resolve) => {
    abandon.signal.addEventListener('abort', async () => {
      await pause(context.grace.giveUpMs, ended.signal);
      if (ended.signal.aborted) return;
      log.error('the command does not stop; another attempt will take the job');
      lease.surrender();
      resolve();
    });
  });

  return { jobId: claimed.jobId, done: Promise.race([run(), gaveUp]), cancel, handBack };
}

/** Never throws: a throw of the command is a result. */
async function runCommand(
  context: RunContext,
  attempt: ReturnType<typeof openAttempt>,
  stored: unknown,
  isCancelled: () => boolean,
): Promise<Result> {
  try {
    const input = jobInput.parse(stored);
    const runner = context.runners[input.kind] as Runner<JobInput['kind']>;
    const outcome: Outcome = await runner(context, attempt, input);
    return { outcome };
  } catch (thrown) {
    // Whatever else a stopped command throws is worse than being stopped, and must be read by somebody.
    return isCancelled() && hasCode(thrown, 'job/cancelled') ? { cancelled: true } : { thrown };
  }
}
