import { readmeLogSketch } from './readme-log-sketch.ts';

/** The part of README.txt that says how a log archive is read: enough to have the server's files back, byte for byte. */
export const readmeLog = `LOG ARCHIVE

The continuous copy of the binary log of one storage node:

logs/<stream>/stream.json                whose log it is
logs/<stream>/seals/<sequence>.json      a segment. It is written last: without this file there is no segment
logs/<stream>/segments/<sequence>-*.log  the segment that its seal names
logs/<stream>/outlines/<sequence>.json   what the seals of 32 segments from this one on say of times, and the statements
                                         of their indexes, gathered to be read at once; nothing that is not there too
logs/<stream>/tail/<sequence>-<piece>.log  what came after the last seal, in order; removed when it is sealed

seals/<sequence>.json: summary (follows: how it goes on from the segment before, "bytes" being the next byte, "file" a
later file before which no other transaction was written, "group" the next transaction at another server, "gap" with
its reason; begin and end: file, position and GTIDs; rawBytes and rawSha256 of the server's own bytes; times of
transactions, times of receipt, counts); segment (key, bytes, sha256, where its index lies); previous (sequence, and
sha256 of all bytes of the seal before it: a chain without a hole). It ends with its own sha256, as manifest.json does.

  bytes 0-15   "TIDEMARK-LOG", u16 format = 1, u16 0
  blocks       each u32 stream, u32 n, u32 raw bytes, u32 CRC-32 of those 12 bytes; then a zstd frame of n bytes.
               Frames of one stream, decompressed and joined in order, are that stream. Stream 4294967295 is the index:
               JSON with the summary, and for each table the place of its frames, what was changed in it by minute, and
               the transactions that changed most of it
  last 16      u32 stored bytes of the index, "TIDEMARK-END"

Stream 0 is the header stream, a run of records, each one byte and then:

  1            an event of the binary log, without its checksum. Its length, checksum included, is the u32 at byte 9
  2            u32 stream, u16 n, the first n bytes of a row event; what follows them in the event, again without the
               checksum, comes next in that stream
  3            u64 position, u16 n, name: what comes next lies in this file of the server, at this position. Position 0:
               the file begins here, with the four bytes fe 62 69 6e, which are not stored
  4            u64 milliseconds since 1970: when what comes next was received
  5            u32 n, an event from before this segment, for understanding it. It is none of the bytes of the segment
  6            u32 stream, u16 n, database, u16 m, table: whose row events are in that stream

A format description event (type 15, the byte at 4) is stored whole. Its last byte but four says whether the events after
it end in a checksum (1) or not (0): four bytes, the CRC-32 of the event before them. Rebuilt so, in order, the bytes are
those of the server's files, and "mariadb-binlog" reads them. A file that the server kept encrypted is not encrypted here.
A transaction without an end, at the end of a file or before a segment whose follows is not "bytes", is not one: it was
not committed, or not archived whole, and comes again or not at all.

A SERVER'S FILES FROM SEGMENTS (Python 3, package zstandard; run with the names of segments and pieces, in order)

${readmeLogSketch}`;
