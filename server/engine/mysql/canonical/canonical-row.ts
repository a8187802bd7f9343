/**
 * The canonical form of a row, format 1: the payload of a row of the binary protocol, as a session answers that is
 * pinned for reading (session.ts) and asked for the columns of the table file in their order. One row has one form,
 * byte for byte, and two forms are equal when the values are: text is compared in its own character set and without
 * collation, BINARY with all its zeros, instants in UTC, numbers by their bits, NULL equal to NULL.
 *
 *     0x00, NULL bitmap with two bits unused before the first column, then the value of every column that is not NULL:
 *     TINYINT 1 byte · SMALLINT, YEAR 2 · MEDIUMINT, INT, FLOAT 4 · BIGINT, DOUBLE 8, all little-endian
 *     DATE, DATETIME, TIMESTAMP, TIME: length, then fields up to the last that is not zero
 *     all else: length-encoded length, bytes (DECIMAL, UUID, INET4, INET6, ENUM, SET: the text a server prints)
 *
 * So a row that was read needs no work, the digest of rows is that of these bytes (digest.ts), and a row out of the
 * binlog (LoggedRow) can be loaded like any other. What a result does not tell apart is one value here as well: ENUM's
 * index 0 (a value that was not allowed) and a member that is the empty text; a SET's empty member and no member.
 */
export const canonicalFormat = 1;

/** What stands for a column that has no bytes in `CanonicalFields.fieldStart`. */
export const fieldMark = {
  null: -1,
  /** A row image of a log may leave columns out. */
  absent: -2,
} as const;

/** Where the columns of one row lie. BinaryRowWalker gives this for a row that was read, LoggedRow for a logged one. */
export interface CanonicalFields {
  /** Per column, where its form begins, length prefix included; or a mark. */
  readonly fieldStart: Int32Array;
  /** Per column, where its form ends, when it begins anywhere. */
  readonly valueEnd: Int32Array;
}
