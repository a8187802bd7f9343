import { z } from 'zod';
import { tableOutcome } from '#server/contract/job.ts';
import { fragmentFile } from '#server/manifest/schema.ts';
import type { Attempt } from '../attempt.ts';

const tableAt = z.object({ database: z.string(), table: z.string() });

/** Like `KeptCopy` of command.ts. */
const keptCopy = z.object({
  table: z.string(),
  keptAs: z.string(),
  bytes: z.number(),
  pieces: z.array(z.object({ node: z.string(), database: z.string(), live: z.string(), kept: z.string() })),
});

/**
 * What is about to be made visible for one table, and where it came from: written before the first rename, so that any
 * attempt can finish or undo it by looking at what each node has. States: `publishing` → `published` (all is visible), or
 * → `undoing` → `undone` (nothing of it is, whoever goes on begins anew).
 */
const publishRecord = z.object({
  version: z.literal(1),
  state: z.enum(['publishing', 'published', 'undoing', 'undone']),
  pieces: z.array(
    z.object({
      node: z.string(),
      /** Complete, with indexes, compared; in the scratch database of the attempt that made it. */
      scratch: tableAt,
      target: tableAt,
      collation: z.string(),
      /** In place: the name the live table gets, and what goes over from it. Null for a new table. */
      kept: tableAt.nullable(),
      /** In place: the name the restored table gets when its place must be given back. Rows may be in it by then. */
      undone: tableAt.nullable(),
      /** In place: the mark of the live table that `keys` and `triggers` were read from (in-place.ts). */
      live: z.string().nullable(),
      /** Keys by the name they end with, and the name they are staged under. */
      keys: z.array(z.object({ key: fragmentFile.shape.foreignKeys.element, stagedAs: z.string() })),
      triggers: fragmentFile.shape.triggers,
    }),
  ),
  /** Names for the triggers of a new table; empty in place, where they keep their own. */
  triggerSuffix: z.string(),
  /** What the restored table as a whole is listed as, should it be undone. Null for a new table. */
  undoneAs: z.string().nullable(),
  /** Restored tables that had to give their place back, of this attempt and all before: listed until they expire. */
  undone: z.array(keptCopy),
  outcome: tableOutcome,
});
export type PublishRecord = z.infer<typeof publishRecord>;
export type PublishPiece = PublishRecord['pieces'][number];

/** All records of a job's journal have keys that begin so. */
export const publishPrefix = 'publish/';
const keyOf = (index: number) => `${publishPrefix}${index}`;

/** `index` is the table's place in the plan. Null when no attempt of this job came as far as that. */
export async function loadRecord(attempt: Attempt, index: number): Promise<PublishRecord | null> {
  const value = await attempt.journal.load(keyOf(index));
  return value === null || value === undefined ? null : publishRecord.parse(value);
}

/** Durable before it resolves. Errors: `job/lease-lost`. */
export async function saveRecord(attempt: Attempt, index: number, record: PublishRecord): Promise<void> {
  await attempt.journal.save(keyOf(index), record);
}

/** By each table's place in the plan, all of them or none. */
export async function saveRecords(attempt: Attempt, records: ReadonlyMap<number, PublishRecord>): Promise<void> {
  await attempt.journal.saveAll(new Map([...records].map(([index, record]) => [keyOf(index), record])));
}
