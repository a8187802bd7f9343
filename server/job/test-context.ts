import type { Actor } from '#server/audit/context.ts';
import { systemClock } from '#server/base/clock.ts';
import type { TestDatabase } from '#server/db/test-database.ts';
import type { AskContext } from './ask.ts';
import { type Enqueued, enqueue } from './enqueue.ts';
import type { NewJob } from './new-job.ts';

/** For tests: what the web gives to verbs, as an operator named `olga`. */
export function testContext({ db, nudge, listener }: TestDatabase): AskContext {
  const actor: Actor = { kind: 'person', id: null, name: 'olga', role: 'operator' };
  return { db, nudge, listener, clock: systemClock, actor };
}

/** A job of the long lane that needs nothing else in the database. */
export function enqueueSample(context: AskContext, extra: Partial<NewJob> = {}): Promise<Enqueued> {
  const input = { kind: 'verify', backupId: 'b1', destinationId: 'd1' } as const;
  return enqueue(context, { input, title: 'backup b1', ...extra });
}

/** Waits until something is true, and says what was not when it never is. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
  ms = 15_000,
): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
