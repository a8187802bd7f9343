/** Where a change lies in the log: the byte its event begins at, in a file or object that the caller numbers. */
export interface LogPosition {
  /** Below 2^17. */
  readonly file: number;
  /** Below 2^36. */
  readonly offset: number;
}

const offsetSpan = 2 ** 36;

/** The position as one number, for columns of numbers. */
export function packPosition({ file, offset }: LogPosition): number {
  return file * offsetSpan + offset;
}

export function unpackPosition(packed: number): LogPosition {
  const file = Math.floor(packed / offsetSpan);
  return { file, offset: packed - file * offsetSpan };
}
