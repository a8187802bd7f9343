/** Where a log archive lies. Sequences and pieces have fixed width, so that keys sort as the log goes. */
export const logsPrefix = 'logs/';
const logPrefix = (streamId: string) => `${logsPrefix}${streamId}/`;
export const logSealsPrefix = (streamId: string) => `${logPrefix(streamId)}seals/`;
export const logSegmentsPrefix = (streamId: string) => `${logPrefix(streamId)}segments/`;
export const logTailPrefix = (streamId: string) => `${logPrefix(streamId)}tail/`;
export const logOutlinesPrefix = (streamId: string) => `${logPrefix(streamId)}outlines/`;
export const logStreamKey = (streamId: string) => `${logPrefix(streamId)}stream.json`;

const digits = (number: number, width: number) => String(number).padStart(width, '0');

/** Its name is the same for whoever writes it: of two writers one seals, the other learns that it is no longer alone. */
export const logSealKey = (streamId: string, sequence: number) =>
  `${logSealsPrefix(streamId)}${digits(sequence, 10)}.json`;
/** Named by writer too: one that is not sealed is in nobody's way. */
export const logSegmentKey = (streamId: string, sequence: number, writer: string) =>
  `${logSegmentsPrefix(streamId)}${digits(sequence, 10)}-${writer}.log`;
export const logPieceKey = (streamId: string, sequence: number, piece: number) =>
  `${logTailPrefix(streamId)}${digits(sequence, 10)}-${digits(piece, 6)}.log`;

/** Of so many segments, `first` being the first of them. */
export const logOutlinesKey = (streamId: string, first: number) =>
  `${logOutlinesPrefix(streamId)}${digits(first, 10)}.json`;

/** The sequence that a key of one of these prefixes is of; null: the key is none of ours. */
export function sequenceOf(key: string): number | null {
  const [, digits] = /\/(\d{10})[-.][^/]*$/.exec(key) ?? [];
  return digits === undefined ? null : Number(digits);
}

/** Which piece of the tail a key names; null: none. */
export function pieceOf(key: string): number | null {
  const [, digits] = /\/\d{10}-(\d{6})\.log$/.exec(key) ?? [];
  return digits === undefined ? null : Number(digits);
}

/** The stream that a key below `logsPrefix` belongs to; null: it is none of ours. */
export const streamOf = (key: string): string | null => /^logs\/([^/]+)\/./.exec(key)?.[1] ?? null;
