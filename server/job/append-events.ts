import type { JobEvent } from '#server/contract/job.ts';
import type { Rows } from '#server/db/client.ts';

export type NewEvent = Pick<JobEvent, 'level' | 'message'> & { at?: Date };

/** The longest message a screen can use; a server's error text may be far longer. */
const longestMessage = 4_000;

/**
 * Adds events with the next ids of the job. The row's lock orders writers, so ids rise without holes in the order of
 * commits: a reader that has id n has all before it.
 */
export async function appendEvents(rows: Rows, jobId: string, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return;
  const { lastEventId } = await rows.job.update({
    where: { id: jobId },
    data: { lastEventId: { increment: events.length } },
    select: { lastEventId: true },
  });
  const first = lastEventId - events.length + 1;
  await rows.jobEvent.createMany({
    data: events.map(({ level, message, at }, index) => ({
      jobId,
      id: first + index,
      at: at ?? new Date(),
      level,
      message: message.slice(0, longestMessage),
    })),
  });
}
