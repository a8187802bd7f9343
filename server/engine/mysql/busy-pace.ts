import type { Clock } from '#server/base/clock.ts';
import { measuredPace } from './measured-pace.ts';
import type { NodeQuestions } from './node-questions.ts';
import type { Pace, Waiting } from './pace.ts';

/**
 * No chunk is begun on a node while more than `maxThreadsRunning` sessions run a statement there: the server's own
 * Threads_running, which counts our readers too, but not the session that asks.
 */
export function busyPace(options: {
  questions: NodeQuestions;
  maxThreadsRunning: number;
  clock: Clock;
  waiting: Waiting;
}): Pace {
  const { questions, maxThreadsRunning } = options;
  return measuredPace({
    ...options,
    measure: async (node) => {
      const [row] = await questions.ask(node, "SHOW GLOBAL STATUS LIKE 'Threads_running'");
      const running = Number(row?.Value ?? 0) - 1;
      if (running <= maxThreadsRunning) return null;
      return `${running} sessions run statements, more than the ${maxThreadsRunning} that were allowed`;
    },
  });
}
