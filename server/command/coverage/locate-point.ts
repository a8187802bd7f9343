import type { LogPart, LogPoint, LogServer } from './log-part.ts';

/** Clocks of two executors may differ by so much and are still believed. */
const clockDoubtMs = 5_000;

/** Where the rows of a node stood in its log, and when. */
export interface NodePoint {
  readonly node: string;
  /** null: the backup does not say whose log it was. */
  readonly server: LogServer | null;
  readonly point: LogPoint;
  /** Milliseconds since 1970, by our clock. */
  readonly atMs: number;
  /** Where the time is not known to be that one: at the latest then. */
  readonly latestMs?: number;
}

export type Side = 'before' | 'inside' | 'after' | 'unknown';

/**
 * Where a point lies with regard to a part of the log. By file and offset where it is the same server's, and never
 * against what GTIDs say; by GTIDs alone where another server took over. Its ends are inside.
 */
export function sideOf(part: LogPart, { server, point }: NodePoint): Side {
  const byGtid = gtidSide(part, point);
  const same = server !== null && sameServer(part.server, server);
  if (!same) return byGtid;
  const low = comparePoints(point, part.begin);
  const high = comparePoints(point, part.end);
  if (low === null || high === null) return byGtid;
  // Files begin and end without a group: where GTIDs are those of an end, nothing lies between.
  if (low < 0) return sameGtids(point, part.begin) ? 'inside' : 'before';
  if (high > 0) return sameGtids(point, part.end) ? 'inside' : 'after';
  // Names of files are used again by a log that was begun anew.
  return byGtid === 'unknown' ? 'inside' : byGtid;
}

/** Whether the times allow it: a group before the point was there at the time, one after it was not. */
export function timesAllow(part: LogPart, { point, atMs, latestMs = atMs }: NodePoint): boolean {
  const afterBegin = (comparePoints(point, part.begin) ?? 0) > 0;
  if (afterBegin && part.firstMs !== null && part.firstMs - part.clockSkewMs > latestMs + clockDoubtMs) return false;
  const beforeEnd = (comparePoints(point, part.end) ?? 0) < 0;
  return !(beforeEnd && part.receivedMs !== null && part.receivedMs < atMs - clockDoubtMs);
}

/** Negative, zero, positive; null: these are no files of one log. */
export function comparePoints(
  a: Pick<LogPoint, 'file' | 'offset'>,
  b: Pick<LogPoint, 'file' | 'offset'>,
): number | null {
  if (a.file !== b.file) {
    const [, nameOfA, numberOfA] = /^(.*)\.(\d+)$/.exec(a.file) ?? [];
    const [, nameOfB, numberOfB] = /^(.*)\.(\d+)$/.exec(b.file) ?? [];
    if (nameOfA === undefined || nameOfA !== nameOfB) return null;
    return Number(numberOfA) - Number(numberOfB);
  }
  return a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0;
}

function sameServer(a: LogServer, b: LogServer): boolean {
  return a.id === b.id && (a.uuid === null || b.uuid === null || a.uuid === b.uuid);
}

function sameGtids(a: LogPoint, b: LogPoint): boolean {
  const same = [...a.gtids].every(([domain, sequence]) => b.gtids.get(domain) === sequence);
  return same && a.gtids.size > 0 && a.gtids.size === b.gtids.size;
}

function gtidSide(part: LogPart, { gtids }: LogPoint): Side {
  if (gtids.size === 0 || part.end.gtids.size === 0) return 'unknown';
  let before = false;
  for (const [domain, sequence] of gtids) {
    if (sequence > (part.end.gtids.get(domain) ?? 0n)) return 'after';
    if (sequence < (part.begin.gtids.get(domain) ?? 0n)) before = true;
  }
  return before ? 'before' : 'inside';
}
