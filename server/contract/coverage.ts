/** Instants are ISO 8601 with an offset, to the millisecond. */
interface Span {
  from: string;
  to: string;
}

/**
 * The instants a table can be brought back to. Both ends of a range are in it; a range may be one instant (a backup and
 * nothing after it). Of a gap neither end is, but for one that reaches to now. Ranges and gaps ascend and take turns.
 */
export interface TableCoverage {
  ranges: Span[];
  /** `reason` is a sentence for people. Before the first range there is no gap: nothing was kept then. */
  gaps: (Span & { reason: string })[];
  /** Where the last range ends: while the log is archived, it moves on. null: no range. */
  safeUntil: string | null;
}

/** The same with what it follows from: what a person looks at to see why. */
export interface CoverageView extends TableCoverage {
  /** Those that hold the table and can be read, oldest first; `at` is the instant a backup stands at. */
  backups: { id: string; at: string }[];
  /** Of each storage node the table was on, by name: what of its log is archived without a hole, in the log's order. */
  logs: { node: string; spans: LogSpan[] }[];
  /** What could not be read, in sentences. There may be more ranges than are said here, never fewer. */
  problems: string[];
}

export interface LogSpan extends Span {
  /** Why the log does not go on there; null: what comes next is not archived yet. */
  ends: string | null;
}
