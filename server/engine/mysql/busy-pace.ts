import type { Clock } from '#server/base/clock.ts';
import { measuredPace } from './measured-pace.ts';
import type { NodeQuestions } from './node-questions.ts';
import type { Pace, Waiting } from './pace.ts';

/** Asked only when it matters: a list of processes costs the server more than a counter. */
const countSenders =
  "SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE COMMAND IN ('Binlog Dump', 'Binlog Dump GTID')";

/**
 * No chunk is begun on a node while more than `maxThreadsRunning` sessions run a statement there: the server's own
 * Threads_running, which counts our readers too, but not the session that asks. Sessions that send the log to replicas
 * and archives are in it for as long as they live; they run no statement, and a bound below their number would never
 * be kept.
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
      const threads = Number(row?.Value ?? 0) - 1;
      if (threads <= maxThreadsRunning) return null;
      const [senders] = await questions.ask(node, countSenders);
      const running = threads - Number(senders?.n ?? 0);
      if (running <= maxThreadsRunning) return null;
      return `${running} sessions run statements, more than the ${maxThreadsRunning} that were allowed`;
    },
  });
}
