import { z } from 'zod';
import { instant } from './restore-point.ts';

/** More bars than this are not drawn, and less than a minute is not known: a bucket is as many minutes as that takes. */
export const mostBuckets = 400;
export const mostTransactions = 500;

/** What happened to one table, and when. A span is taken in whole minutes: what lies in the minute of an end is in. */
export const changesInput = z.object({
  clusterId: z.string(),
  /** `database.table`, or `database.schema.table`. */
  table: z.string().min(1),
  /** null: a day before `to`. */
  from: instant.nullable().default(null),
  /** null: now. */
  to: instant.nullable().default(null),
  order: z.enum(['biggest', 'newest']).default('biggest'),
  /** Transactions in one answer. */
  limit: z.number().int().min(0).max(mostTransactions).default(50),
  /** `next` of the answer before. */
  after: z.string().nullable().default(null),
});
export type ChangesInput = z.infer<typeof changesInput>;

export interface ChangeCounts {
  inserts: number;
  updates: number;
  deletes: number;
  /** Groups that changed the table's rows; one over two nodes counts on each, and one over two segments in each. */
  transactions: number;
  /** Of those that define, or may have changed rows without saying which. */
  statements: number;
}

/** `at`: where it begins, ISO 8601. */
export interface ChangeBucket extends ChangeCounts {
  at: string;
}

export interface LoggedTransaction {
  node: string;
  /** Its GTID, and the same behind its node, as a restore point names it; null where the log has none. */
  gtid: string | null;
  id: string | null;
  /** To the second, by the clock of the server: when it began, and never before the one logged before it. */
  at: string;
  inserts: number;
  updates: number;
  deletes: number;
  /** What it did where that is no change of rows: the text of a definition, cut; for a change that was logged as text its first words. */
  statement: string | null;
  /** Where it begins in the server's log; the position is a 64-bit number. */
  file: string;
  position: string;
}

/** Where the log of a node says nothing, and why: a sentence for people. */
export interface UnknownSpan {
  node: string;
  from: string;
  to: string;
  reason: string;
}

/** From the index of the log archive alone: no row is read. Times are those of the servers' clocks. */
export interface TableChanges {
  table: string;
  from: string;
  to: string;
  bucketMs: number;
  /** Ascending; those without any change are left out. */
  buckets: ChangeBucket[];
  totals: ChangeCounts;
  /** The storage nodes the table was on, and what of their logs is archived; nulls: nothing. */
  nodes: { node: string; from: string | null; until: string | null }[];
  unknown: UnknownSpan[];
  transactions: LoggedTransaction[];
  /** For the next answer; null: these were the last. */
  next: string | null;
  /**
   * Every transaction of more rows is listed; of those with fewer, the indexes name only the largest of each segment. 0:
   * all are.
   */
  listedAbove: number;
}
