import type { LogObject } from '../table-log/log-object.ts';
import type { LogSpot } from './log-spot.ts';

/** The archived log of a storage node, and what the backup says of the node. Times are milliseconds since 1970, by our clock. */
export interface NodeLog {
  readonly node: string;
  /** In order and without a hole. Empty: none of it is archived. */
  readonly log: readonly LogObject[];
  /**
   * Where rows of the backup stand in it: first the node's own position at the cut, then those of fragments that were
   * read later. Empty: the restore needs no rows of this node, and only its decisions count.
   */
  readonly bases: readonly LogSpot[];
  /** What was prepared and not decided at the first of the bases, as `cut.nodes[].preparedXids` has it. */
  readonly prepared: readonly string[];
  /** Everything committed by then is in `log`; null: nothing is. */
  readonly untilMs: number | null;
  /** Why `log` does not go on: a sentence without its full stop. */
  readonly ends: string;
}

/** What a restore stops at. `gtrid` is in lower-case hex; `node` null: whichever has it. Times are milliseconds since 1970. */
export type CutPoint =
  | { readonly kind: 'instant'; readonly atMs: number }
  | { readonly kind: 'before' | 'after'; readonly node: string | null; readonly gtid: string }
  | { readonly kind: 'before' | 'after'; readonly gtrid: string }
  | { readonly kind: 'latest' };

/** The cut through the log of one node. */
export interface NodeCut {
  readonly node: string;
  /** Reading begins here: before the first base where something was prepared there that is in. null: no base, nothing to read. */
  readonly begin: LogSpot | null;
  /** No group that begins here or later is in. */
  readonly end: LogSpot;
  /**
   * The last group before `end` that was not only prepared, of all tables, and its time; where all behind the first base
   * were, the last of those. null: there is none behind it.
   */
  readonly stopsAt: { readonly gtid: string; readonly atMs: number; readonly isPrepared: boolean } | null;
  /**
   * Whether the rows of the group that begins at a place are to be laid over rows that stand at `base`, which must be one
   * of the node's; without it, over those of the first. A group that was only prepared is asked for where its rows are;
   * what completes one has none. A group that goes on in the next segment may be asked for under that one's number.
   */
  readonly includes: (group: LogSpot, base?: LogSpot) => boolean;
  /** Global transactions that are in, though this node committed them later, or has not yet as far as its log goes. */
  readonly late: readonly { readonly xid: string; readonly gtid: string }[];
}

/** A global transaction of which a log that is not there could say that it was committed. It is left out. */
export interface InDoubt {
  readonly xid: string;
  /** Where it was prepared. */
  readonly node: string;
  /** A sentence without its full stop. */
  readonly reason: string;
}

/** Rows that are in and cannot be read: those of a transaction that was prepared before the log begins. */
export interface MissingPrepare {
  readonly xid: string;
  readonly node: string;
  readonly reason: string;
}

/** One point over the logs of all storage nodes of a cluster. */
export interface LogCut {
  /** The time that nodes stop at, but for the node that the point names a group of. Milliseconds since 1970, by our clock. */
  readonly atMs: number;
  readonly nodes: ReadonlyMap<string, NodeCut>;
  readonly inDoubt: readonly InDoubt[];
  readonly missing: readonly MissingPrepare[];
  /**
   * What was acknowledged earlier than `ms` before `atMs` is in, and nothing that began after it is, as far as the clocks
   * of the nodes agree with ours. 0 on a single node that stops at a group.
   */
  readonly resolution: { readonly ms: number; readonly why: string };
}

export interface CutOptions {
  /** The instant of the backup, in milliseconds since 1970: only what the nodes say was prepared is older and undecided. */
  readonly sinceMs: number;
  /** How far the clocks of two nodes may be apart beyond what was measured. Default 5 seconds. */
  readonly doubtMs?: number;
  readonly signal?: AbortSignal;
}
