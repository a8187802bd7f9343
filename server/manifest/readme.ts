import { readmeLog } from './readme-log.ts';
import { readmeSketch } from './readme-sketch.ts';

/** Says which formats a page describes. */
export const formatsTitle = 'formats 1 and 2';

/**
 * README.txt of a repository: enough to read every row in it without us. It is never replaced: a repository whose page
 * does not know a format gets a second page beside it.
 */
export const repositoryReadme = `This folder is a Tidemark backup repository, ${formatsTitle}.
It can be read without Tidemark: JSON files, zstd, and the row format of the MySQL protocol. This page says how.
Nothing here is ever changed once written. Do not edit, rename or add files.


LAYOUT

repo.json                                this repository: format, id, createdAt
backups/<backup>/manifest.json           a backup. It is written last: without this file there is no backup
backups/<backup>/tables/<table>.json     one table of it
backups/<backup>/tables/<pack>.jsonl     many small tables of it, one a line
backups/<backup>/intent.json             who began to write it, and when
segments/<2 hex>/<attempt>-<number>.seg  rows, compressed; several tables share a segment
tombstones/<backup>.json                 a backup that is being removed
logs/<stream>/                           the log archive of one storage node: see LOG ARCHIVE

Backup ids are ULIDs in lower case: they sort by the time of creation. Sizes are bytes, instants ISO 8601 with their
offset, 64-bit numbers decimal text, digests lower-case hex. A "format" greater than 2 needs a newer description:
2 is a manifest whose tables may be packed, everything else is 1.


JSON

manifest.json: cluster, method, startedAt and finishedAt; cut (the instant all rows stand at; "proven" is true when
commits were held on every node and no transaction lay between two of them, else "reason" says what is not certain;
for each node the binlog position and GTID, also where a replica of it was read, which "nodes" then names); tables
(id, name, sha256 of tables/<id>.json, rows, rawBytes before compression, storedBytes after it; with "packed" its file
is those bytes of that object instead: key, offset, length); failed (asked for and not taken: not in this backup); objects (views, routines, events, sequences with their CREATE statements);
segments (key, bytes, sha256 of the whole file). Its last member, sha256, is the digest of all bytes of the file
before ',\\n "sha256"', that is of all but its last 82.

tables/<table>.json: name; computing (the table as the computing node defined it; null where there is none);
fragments, each the part of the table on one storage node: node, database, table, createTable (SHOW CREATE TABLE, word
for word, and the sql_mode it needs), columns (in the order of the values in a row: name, type and flags of the MySQL
protocol, charset, decimals, declared SQL type, generated, format), indexes, foreignKeys, triggers, autoIncrement, sequences
(that defaults draw from, with the value each goes on at), position
(where in the binlog these rows stand), rows, digest, longestRowBytes (no row is longer), and chunks: segment, offset,
length, sha256 of those stored bytes, rows, rawBytes. The rows of a fragment are the rows of all its chunks.


SEGMENTS

  bytes 0-15   "TIDEMARK-SEG", u16 format = 1, u16 flags = 0
  chunks       each a run of whole zstd frames, one after another; every frame states its content size (16 MiB at
               most) and carries a checksum. Decompressed and joined in order they are the chunk's rows. Rows may
               cross the border between two frames, never that between two chunks. Bytes that no chunk names belong
               to a chunk that was given up: skip them
  index        JSON: format, chunks (offset, length, rawBytes, sha256), for recovery when the manifest is lost
  last 16      u32 length of the index, "TIDEMARK-END"

All integers in binary are little-endian.


ROWS

A chunk is a run of: u32 length, then a row of that many bytes. A row is the MySQL protocol's "binary protocol
resultset row", byte for byte:

  1 byte            0x00
  (n + 9) / 8 bytes (integer division, n = number of columns) the NULL bitmap: column i, counted from 0, is NULL when
                    bit (i + 2) % 8 of byte (i + 2) / 8 is set, bit 0 being the lowest
  values            of the columns that are not NULL, in the order of "columns", by "type":

  type (decimal)                            value
  1 TINY                                    1 byte
  2 SHORT, 13 YEAR                          2 bytes
  3 LONG, 9 INT24                           4 bytes
  8 LONGLONG                                8 bytes. All integers are signed unless "flags" has bit 32 (UNSIGNED)
  4 FLOAT, 5 DOUBLE                         4, 8 bytes, IEEE 754
  10 DATE, 12 DATETIME, 7 TIMESTAMP         1 byte count (0, 4, 7 or 11), then as many bytes of: u16 year, u8 month,
                                            u8 day, u8 hour, u8 minute, u8 second, u32 microsecond. What is left out
                                            is zero; TIMESTAMP is in UTC
  11 TIME                                   1 byte count (0, 8 or 12), then as many bytes of: u8 negative, u32 days,
                                            u8 hours, u8 minutes, u8 seconds, u32 microseconds
  every other                               a length, then as many bytes. The length is one byte below 251, or 252 and
                                            u16, or 253 and u24, or 254 and u64.
                                            Text (0 and 246 DECIMAL: digits; 15, 253, 254 and the BLOB types 249-252
                                            for TEXT; 247 ENUM, 248 SET) is in the column's own character set;
                                            "charset" 63 means bytes. 16 BIT is big-endian. 255 GEOMETRY is u32 SRID
                                            and WKB

Generated columns ("generated": true) are there to be compared; do not insert them. A table with system versioning has
its row start and end among its columns and the rows of the past among its rows.


FORMATS OF COLUMNS

Each column says in "format" how its values lie in a row; without it, 1. Do not read a column whose number is not here.

  1   as ROWS says, by the column's "type"
  2   of ENUM: the number of the member, counted from 1, as the integer that "type" names; 0 stands for the empty text
      that takes the place of a value which was not allowed


DIGEST

A fragment's "digest" proves its rows whatever their order: xxh3-128 (seed 0) of every row, without its length, all
added modulo 2^128, written as 32 hex digits.


${readmeLog}

READING ONE TABLE (Python 3, packages zstandard and xxhash; run in this folder with a backup and a table name)

${readmeSketch}`;
