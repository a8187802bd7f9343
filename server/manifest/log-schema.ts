import { z } from 'zod';

/**
 * What a repository says of a log archive: the continuous copy of the binary log of one storage node. 64-bit numbers
 * are decimal text, digests lower-case hex, instants ISO 8601 with offset. README.txt describes the same to the world.
 */
export const logFormat = 1;

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const at = z.iso.datetime({ offset: true });
const decimal = z.string().regex(/^\d+$/);
const count = z.number().int().min(0);
const gtid = z.string().regex(/^\d+-\d+-\d+$/);

/** Whose log a stream copies. `id` names its folder. */
export const logStream = z.object({
  id: z.string(),
  cluster: z.object({ id: z.string(), name: z.string() }),
  node: z.string(),
});
export type LogStream = z.infer<typeof logStream>;

/** `logs/<stream>/stream.json` */
export const logStreamFile = z.object({ format: z.literal(logFormat), stream: logStream, createdAt: at });

/**
 * Where an archive ends, and all that is needed to go on there and to prove that what goes on is the same log.
 * Names of files prove nothing: a server that was set up anew uses them again.
 */
export const logPlace = z.object({
  server: z.object({ id: z.number().int(), uuid: z.string().nullable(), version: z.string() }),
  file: z.string(),
  /** Where the next event begins. */
  position: decimal,
  /** The last event: where it begins, its header, its last four bytes. Read again, it must be the same. */
  last: z.object({ position: decimal, head: hex(38), tail: hex(8) }).nullable(),
  /** The file that the last event, when it is the end of one, says comes next. */
  nextFile: z.string().nullable(),
  /** The last GTID of every domain and server; of one domain the latest comes last. Empty where there are none. */
  gtids: z.array(gtid),
  /** The last group: its GTID, the one before it in its domain, its time in seconds as its GTID event has it. */
  group: z.object({ gtid, before: gtid.nullable(), timestamp: z.number().int(), open: z.boolean() }).nullable(),
  /** Latest time of a group so far, in seconds since 1970: the time of the groups after it is never less. */
  time: z.number().int(),
  /**
   * Events, in base64, without which what comes next cannot be read: the format description of the file, and while a
   * group is open its GTID and its table maps. Only the format description has its checksum, when there is one.
   */
  context: z.array(z.string()),
});
export type LogPlace = z.infer<typeof logPlace>;

/** Why a log does not go on where the archive ended. */
export const gapReason = z.enum([
  /** The server removed files before they were archived. */
  'purged',
  /** The same server, with a log that was begun anew: it was set up again, or its log was reset. */
  'rebuilt',
  /** Another server, which does not have the last group that was archived. */
  'diverged',
  /** Nothing was found that would prove that this is the same log. */
  'unproven',
]);
export type GapReason = z.infer<typeof gapReason>;

export const logGap = z.object({ reason: gapReason, message: z.string(), foundAt: at });
export type LogGap = z.infer<typeof logGap>;

/** How the bytes of a segment follow those before them. */
export const logFollows = z.enum([
  /** Nothing was archived before. */
  'nothing',
  /** The byte after the last one. */
  'bytes',
  /** A later file, before which no other group was written: what is missing holds none. */
  'file',
  /** The group after the last whole one, from the log of another server. */
  'group',
  'gap',
]);
export type LogFollows = z.infer<typeof logFollows>;

export const logCounts = z.object({
  inserts: count,
  updates: count,
  deletes: count,
  /** Groups; of a table, those that changed it. */
  transactions: count,
});
export type LogCounts = z.infer<typeof logCounts>;

/** What a segment, or a piece of the tail, holds. */
export const logSummary = z.object({
  stream: logStream,
  sequence: count,
  /** Of the tail: which one, from 0. null: a segment. */
  piece: count.nullable(),
  follows: logFollows,
  gap: logGap.nullable(),
  begin: z.object({ file: z.string(), position: decimal, gtids: z.array(gtid) }),
  end: logPlace,
  /** The log's own bytes, as the server's files hold them, and their digest. */
  rawBytes: count,
  rawSha256: hex(64),
  events: count,
  counts: logCounts.extend({
    /** Statements that change definitions. */
    definitions: count,
    /** Changes that were logged as their text: no rows are known of them. */
    textChanges: count,
    /** The server lost events here. */
    incidents: count,
    /** Events whose rows could not be counted and were counted as one. */
    uncounted: count,
  }),
  /** Times of groups (see LogPlace.time), first and last; null without any. */
  times: z.object({ first: at, last: at }).nullable(),
  /** When the first and the last event came to us: what was committed before is in, where the stream had caught up. */
  received: z.object({ first: at, last: at }).nullable(),
  /** How far the server's clock was ahead of ours, in milliseconds, when the stream was opened. */
  clockSkewMs: z.number().int(),
});
export type LogSummary = z.infer<typeof logSummary>;

/** A zstd frame of one stream of a segment: where its block's frame lies, and how many bytes it gives. */
export const logFrame = z.tuple([count, count, count]);
/** [offset, length, rawBytes] */
export type LogFrame = z.infer<typeof logFrame>;

/** [minute since 1970, inserts, updates, deletes, transactions] */
export const logMinute = z.tuple([count, count, count, count, count]);

/** A group that changed many rows of a table: [GTID or '', seconds since 1970, inserts, updates, deletes, file, position] */
export const logLargest = z.tuple([z.string(), count, count, count, count, z.string(), decimal]);

export const logTable = z.object({
  database: z.string(),
  table: z.string(),
  stream: count,
  frames: z.array(logFrame),
  counts: logCounts,
  minutes: z.array(logMinute),
  /** Those that changed most rows, largest first. */
  largest: z.array(logLargest),
});
export type LogTable = z.infer<typeof logTable>;

/** A statement that the log holds as text, but for those that only mark transactions. */
export const logStatement = z.object({
  kind: z.enum(['definition', 'change', 'other']),
  gtid: z.string(),
  at: count,
  file: z.string(),
  position: decimal,
  /** The database in use. */
  database: z.string(),
  /** Its first 2,000 characters. */
  sql: z.string(),
});
export type LogStatement = z.infer<typeof logStatement>;

/** The table index: lies at the end of every segment, as JSON in a zstd frame. */
export const logIndex = z.object({
  format: z.literal(logFormat),
  summary: logSummary,
  /** Frames of the header stream. */
  header: z.array(logFrame),
  tables: z.array(logTable),
  statements: z.array(logStatement),
  /** Statements past the first 1,000, by kind. */
  statementsLeftOut: z.object({ definition: count, change: count, other: count }),
});
export type LogIndex = z.infer<typeof logIndex>;

/** `logs/<stream>/<sequence>.json`: written last, once; without it there is no segment. */
export const logSeal = z.object({
  format: z.literal(logFormat),
  summary: logSummary,
  segment: z.object({
    key: z.string(),
    bytes: count,
    sha256: hex(64),
    /** Where the frame with its index lies. */
    index: z.object({ offset: count, length: count, sha256: hex(64) }),
  }),
  /** The seal before it, by the digest of its bytes: who holds the last seal has proof of all. null: the first. */
  previous: z.object({ sequence: count, sha256: hex(64) }).nullable(),
  sealedAt: at,
});
export type LogSeal = z.infer<typeof logSeal>;
