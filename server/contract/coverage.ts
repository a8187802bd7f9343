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
