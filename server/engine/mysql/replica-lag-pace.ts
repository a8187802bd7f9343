import type { Clock } from '#server/base/clock.ts';
import { measuredPace } from './measured-pace.ts';
import type { NodeQuestions } from './node-questions.ts';
import type { Pace, Waiting } from './pace.ts';
import { replicaStatusSql, replicationIn } from './replica-status.ts';

/**
 * No batch is begun on a node while a replica of it lags more than `maxLagSeconds`, or does not replicate at all: what is
 * loaded then would only make it lag more. `questions` opens the replicas, by the names in `replicas`; a replica that
 * cannot be asked holds nobody back.
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
      const asked = (replicas.get(node) ?? []).map((replica) => lagOf(replica).catch(() => null));
      return (await Promise.all(asked)).find((why) => why !== null) ?? null;
    },
  });
}
