import type { Clock } from '#server/base/clock.ts';
import { asTidemarkError, TidemarkError } from '#server/base/error.ts';
import { measuredPace } from './measured-pace.ts';
import type { NodeQuestions } from './node-questions.ts';
import type { Pace, Waiting } from './pace.ts';
import { replicaStatusSql, replicationIn } from './replica-status.ts';

/**
 * No batch is begun on a node while a replica of it lags more than `maxLagSeconds`, or does not replicate at all: what is
 * loaded then would only make it lag more. `questions` opens the replicas, by the names in `replicas`; a replica that
 * cannot be asked holds nobody back, which is told.
 */
export function replicaLagPace(options: {
  questions: NodeQuestions;
  /** By node: the names of its replicas. */
  replicas: ReadonlyMap<string, readonly string[]>;
  maxLagSeconds: number;
  clock: Clock;
  waiting: Waiting;
}): Pace {
  const { questions, replicas, maxLagSeconds } = options;
  const lagOf = async (replica: string): Promise<string | null> => {
    const found = replicationIn(await questions.ask(replica, replicaStatusSql));
    if (found.length === 0) return null;
    const stopped = found.find(({ sqlRunning, ioRunning }) => !sqlRunning || !ioRunning);
    if (stopped) return `replica ${replica} does not replicate${stopped.error === '' ? '' : `: ${stopped.error}`}`;
    const lag = Math.max(...found.map(({ lagSeconds }) => lagSeconds ?? 0));
    return lag > maxLagSeconds
      ? `replica ${replica} is ${lag} s behind, more than the ${maxLagSeconds} s allowed`
      : null;
  };
  return measuredPace({
    ...options,
    measure: async (node) => {
      const names = replicas.get(node) ?? [];
      const answers = await Promise.allSettled(names.map(lagOf));
      const lagging = answers.find((answer) => answer.status === 'fulfilled' && answer.value !== null);
      if (lagging) return (lagging as PromiseFulfilledResult<string>).value;
      const silent = answers.findIndex(({ status }) => status === 'rejected');
      if (silent < 0) return null;
      const cause = asTidemarkError((answers[silent] as PromiseRejectedResult).reason);
      throw new TidemarkError(cause.code, `replica ${names[silent]} does not tell: ${cause.message}`, { cause });
    },
  });
}
