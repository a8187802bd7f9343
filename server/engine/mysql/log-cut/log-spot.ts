/**
 * A place in the archived log of one node. Names of files order the log of one server alone; a segment holds the log of
 * one server, and segments are numbered.
 */
export interface LogSpot {
  /** Of the segment, or of that which the tail will be. */
  readonly sequence: number;
  readonly file: string;
  readonly position: number;
}

/** Negative, zero, positive: `a` lies before `b`, is the same place, lies behind it. */
export function compareSpots(a: LogSpot, b: LogSpot): number {
  // A group that goes on in the next segment is named there by where it began: the order of places stays the same.
  return a.sequence - b.sequence || compareFiles(a.file, b.file) || a.position - b.position;
}

/** Numbers grow by a digit after 999999. */
function compareFiles(a: string, b: string): number {
  if (a === b) return 0;
  return a.length - b.length || (a < b ? -1 : 1);
}

/**
 * Just behind a group: groups after it lie there or later. Where it goes on in later segments it is met in each, named by
 * where it began, and the last of them is still to be read.
 */
export const behind = ({ lastSequence, file, position }: LogSpot & { readonly lastSequence: number }): LogSpot => ({
  ...{ sequence: lastSequence, file, position: position + 1 },
});
