import type { LogFollows, LogGap, LogStatement } from '#server/manifest/log-schema.ts';
import type { Position } from '#server/manifest/schema.ts';

/** A place in a server's log. `gtids`: of each domain the sequence of its last group; empty where there are none. */
export interface LogPoint {
  readonly file: string;
  readonly offset: bigint;
  readonly gtids: ReadonlyMap<number, bigint>;
}

/** The server whose files a point names. */
export interface LogServer {
  readonly id: number;
  readonly uuid: string | null;
}

/** What coverage knows of a segment, or of a piece of the tail. Times are milliseconds since 1970. */
export interface LogPart {
  readonly sequence: number;
  readonly piece: number | null;
  readonly server: LogServer;
  readonly follows: LogFollows;
  readonly gap: LogGap | null;
  readonly begin: LogPoint;
  readonly end: LogPoint;
  /** Time of its first group, by the clock of the server; null: it holds none. */
  readonly firstMs: number | null;
  /** When its last event came to us; null: none did. */
  readonly receivedMs: number | null;
  /** Everything that the server had committed by then is in the log up to the end of this part. */
  readonly committedMs: number;
  /** How far the server's clock was ahead of ours. */
  readonly clockSkewMs: number;
  /** The server lost events somewhere in it. */
  readonly incident: boolean;
  /** Those that change definitions, or rows without saying which; in the order of the log. */
  readonly statements: readonly LogStatement[];
  /** Some of those were too many to be listed. */
  readonly statementsLeftOut: boolean;
  /** Digest of the seal, and of the one that it says lies before it. null: of the tail; the first. */
  readonly sha256: string | null;
  readonly previous: { readonly sequence: number; readonly sha256: string } | null;
}

/** One that is there and cannot be used, and why: "its seal is damaged". */
export interface LostPart {
  readonly sequence: number;
  readonly piece: number | null;
  readonly problem: string;
}

/** The archived log of one node, as one stream holds it: segments, then pieces, in the order of the log. */
export interface ArchivedStream {
  readonly node: string;
  readonly parts: readonly (LogPart | LostPart)[];
  /** Everything committed by then is archived, as whoever archives says; null: nobody does. */
  readonly archivedUntilMs: number | null;
}

/**
 * The last instant before a time that a log tells in seconds: more of the same second may come. It is not later by the
 * server's clock nor by ours.
 */
export const lastBefore = (seconds: number, clockSkewMs: number): number =>
  seconds * 1000 - 1 - Math.max(0, clockSkewMs);

/** GTIDs that are not MariaDB's say nothing here. */
export function logPoint({ file, offset }: Pick<Position, 'file' | 'offset'>, gtids: readonly string[]): LogPoint {
  const latest = new Map<number, bigint>();
  for (const gtid of gtids) {
    const [, domain, sequence] = /^\s*(\d+)-\d+-(\d+)\s*$/.exec(gtid) ?? [];
    // Of one domain, the latest comes last.
    if (domain !== undefined) latest.set(Number(domain), BigInt(sequence!));
  }
  return { file, offset: BigInt(offset), gtids: latest };
}
