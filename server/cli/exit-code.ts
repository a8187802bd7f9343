import type { Failure } from '#server/base/error.ts';
import type { JobState } from '#server/contract/job.ts';

/** How every command ends. `interrupted`: Ctrl-C while waiting; the job goes on. */
export const exitCodes = { done: 0, failed: 1, usage: 2, partly: 3, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What was typed is at fault, or something else is. */
export function exitCodeOf({ code }: Pick<Failure, 'code'>): ExitCode {
  return code.startsWith('input/') || code === 'config/invalid' ? exitCodes.usage : exitCodes.failed;
}

export function exitCodeOfState(state: JobState): ExitCode {
  if (state === 'partly') return exitCodes.partly;
  return state === 'failed' || state === 'cancelled' ? exitCodes.failed : exitCodes.done;
}
