import { z } from 'zod';
import { scratchAttempts } from '#server/engine/mysql/staging.ts';
import type { Attempt } from '../attempt.ts';
import type { RestoreContext } from './context.ts';
import { publishPrefix } from './publish-record.ts';
import { dropScratchOf } from './take-over.ts';

/**
 * Drops what restores that have ended long ago could not: their node was down, or their process was. Scratch of a job
 * that may still run, of one that ended between two states of a publication (it may hold the one copy of a table), and
 * of installations that share the node with us is left alone. Never throws: it is nobody's task but a favour.
 */
export async function dropForgottenScratch(context: RestoreContext): Promise<void> {
  const { attempt, world } = context;
  try {
    const ids = new Set<string>();
    for (const { name, problem } of world.nodes) {
      if (problem === null) for (const id of await scratchAttempts(await world.session(name))) ids.add(id);
    }
    for (const known of [attempt.attemptId, ...attempt.earlierAttempts]) ids.delete(known);
    const forgotten = await forgottenAmong(attempt, [...ids]);
    if (forgotten.length > 0) await dropScratchOf(context, forgotten);
  } catch (error) {
    attempt.log.warn('scratch databases of ended restores could not be looked for', { error });
  }
}

async function forgottenAmong(attempt: Attempt, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const ended = await attempt.ended(ids);
  return ended.filter(({ notes }) => !tellsOfHalfPublished(notes)).map(({ attemptId }) => attemptId);
}

const settled = z.object({ state: z.enum(['published', 'undone']) });

/** Whether a job's journal tells of a table between two states. A record that we cannot read is taken for one. */
function tellsOfHalfPublished(notes: ReadonlyMap<string, unknown>): boolean {
  return [...notes].some(([key, note]) => key.startsWith(publishPrefix) && !settled.safeParse(note).success);
}
