import { endedStates } from '#server/contract/job.ts';
import type { Database } from '#server/db/client.ts';

/**
 * Of these attempts, those whose jobs have ended, with the notes of each one's job by key. An id that is none of ours
 * is not in the answer.
 */
export async function endedAttempts(
  db: Database,
  attemptIds: readonly string[],
): Promise<{ attemptId: string; notes: Map<string, unknown> }[]> {
  const found = await db.attempt.findMany({
    where: { id: { in: [...attemptIds] }, job: { state: { in: [...endedStates] } } },
    select: { id: true, job: { select: { notes: { select: { key: true, value: true } } } } },
  });
  return found.map(({ id, job }) => ({
    attemptId: id,
    notes: new Map(job.notes.map(({ key, value }) => [key, value])),
  }));
}
