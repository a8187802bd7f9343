import type { Clock } from '#server/base/clock.ts';
import type { Gentleness } from '#server/contract/backup.ts';
import { busyPace } from '#server/engine/mysql/busy-pace.ts';
import type { NodeQuestions } from '#server/engine/mysql/node-questions.ts';
import { allPaces, type Pace, type Waiting } from '#server/engine/mysql/pace.ts';
import { ratePace } from '#server/engine/mysql/rate-pace.ts';

/** What the operator allowed, as something to be asked; undefined when nothing was bounded. */
export function paceOf(
  { maxBytesPerSecond, maxThreadsRunning }: Gentleness,
  world: { questions: NodeQuestions; waiting: Waiting; clock: Clock; stop: AbortSignal },
): Pace | undefined {
  const paces: Pace[] = [];
  if (maxThreadsRunning !== null) paces.push(busyPace({ maxThreadsRunning, ...world }));
  if (maxBytesPerSecond !== null) paces.push(ratePace({ bytesPerSecond: maxBytesPerSecond, ...world }));
  return allPaces(paces);
}
