import { z } from 'zod';
import type { MysqlAccess } from '#server/engine/access.ts';
import { openMysqlConnection } from '#server/engine/mysql/connection.ts';
import type { TakenCut } from '#server/engine/mysql/cut.ts';
import { endSessions, type SessionMark, sessionMarks } from '#server/engine/mysql/session-marks.ts';
import type { Attempt } from '../attempt.ts';

/** By node. */
const sessionNote = z.record(z.string(), z.array(z.object({ id: z.number(), from: z.string() })));

const keyOf = (attemptId: string) => `sessions/${attemptId}`;

/** Writes down which sessions read for this attempt: a stopped process cannot give back the tables that they hold. */
export async function noteSessions(attempt: Attempt, taken: TakenCut): Promise<void> {
  const note: Record<string, SessionMark[]> = {};
  for (const { node, coordinator, workers } of taken.sessions) {
    note[node.name] = await sessionMarks(coordinator, [coordinator, ...workers]);
  }
  await attempt.journal.save(keyOf(attempt.attemptId), note);
}

/**
 * Ends what earlier attempts of this job still have open on the nodes: one whose process only sleeps would keep a table
 * from being altered for as long as it does. A node that cannot be asked is told of by whatever reads it next.
 */
export async function endEarlierSessions(attempt: Attempt, nodes: ReadonlyMap<string, MysqlAccess>): Promise<void> {
  for (const earlier of attempt.earlierAttempts) {
    const note = sessionNote.safeParse(await attempt.journal.load(keyOf(earlier)));
    for (const [node, marks] of Object.entries(note.data ?? {})) {
      const access = nodes.get(node);
      if (!access) continue;
      const session = await openMysqlConnection(access, { signal: attempt.cancellation.stop });
      try {
        await endSessions(session, marks);
      } finally {
        await session.close();
      }
    }
  }
}
