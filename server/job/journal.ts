import { type Database, toJson } from '#server/db/client.ts';
import { type Held, holdJob } from './held.ts';

/** A note that an earlier attempt, or this one, left under `key`; undefined when there is none. */
export async function loadNote(db: Database, jobId: string, key: string): Promise<unknown> {
  const note = await db.jobNote.findUnique({ where: { jobId_key: { jobId, key } } });
  return note?.value;
}

/** All or none, durable before it resolves. Errors: `job/lease-lost`. */
export async function saveNotes(db: Database, held: Held, notes: ReadonlyMap<string, unknown>): Promise<void> {
  const rows = [...notes].map(([key, value]) => ({ key, value: toJson(value ?? null) }));
  await db.$transaction(async (transaction) => {
    await holdJob(transaction, held);
    // One statement however many there are: restores of small tables leave thousands.
    await transaction.$executeRaw`
      INSERT INTO job_note (job_id, key, value)
      SELECT ${held.jobId}, v.key, coalesce(v.value, 'null'::jsonb)
      FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS v (key text, value jsonb)
      ON CONFLICT (job_id, key) DO UPDATE SET value = excluded.value, saved_at = now()`;
  });
}
