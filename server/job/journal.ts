import { type Database, toJson } from '#server/db/client.ts';
import { type Held, holdJob } from './held.ts';

/** A note that an earlier attempt, or this one, left under `key`; undefined when there is none. */
export async function loadNote(db: Database, jobId: string, key: string): Promise<unknown> {
  const note = await db.jobNote.findUnique({ where: { jobId_key: { jobId, key } } });
  return note?.value;
}

/** Durable before it resolves. Errors: `job/lease-lost`. */
export async function saveNote(db: Database, held: Held, key: string, value: unknown): Promise<void> {
  await db.$transaction(async (rows) => {
    await holdJob(rows, held);
    const { jobId } = held;
    const json = toJson(value ?? null);
    await rows.jobNote.upsert({
      where: { jobId_key: { jobId, key } },
      create: { jobId, key, value: json },
      update: { value: json, savedAt: new Date() },
    });
  });
}
