/**
 * A value as catalog code sees it: integers up to 32 bits and floats as number, 64-bit integers as bigint, decimals
 * and temporals as the text the server would print, bytes (BINARY, BLOB, BIT, GEOMETRY) as Buffer, other text as string.
 */
export type Value = null | string | number | bigint | Buffer;

/** By column name; of two columns with one name the last wins. */
export type Row = Record<string, Value>;

/** What a statement's `?` takes. Instants are given as text: only the caller knows the session's time zone. */
export type Param = null | string | number | bigint | boolean | Buffer;
