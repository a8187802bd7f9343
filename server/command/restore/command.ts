import type { TableOutcome } from '#server/contract/job.ts';
import type { RestoreInput, RestorePlan } from '#server/contract/restore.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { LogSource } from './node-logs.ts';

/** What `planRestore` (plan.ts) takes. It reads the repository and the target's catalogs and changes nothing. */
export interface PlanRestoreCommand {
  restore: RestoreInput;
  backupId: string;
  destinationName: string;
  storage: Storage;
  /** The log archive of the source; without it only a backup's own instant can be restored. */
  logs?: LogSource;
  sourceClusterName: string;
  target: ClusterAccess;
  /** Milliseconds per raw MiB of earlier restores of this installation, newest first; may be empty. */
  history: readonly number[];
  now: Date;
}

/** What `restore` (restore.ts) takes: the plan, and nothing beside it. */
export interface RestoreCommand {
  plan: RestorePlan;
  storage: Storage;
  target: ClusterAccess;
  /** For a plan to a point. `scratchFolder`: where changes go that do not fit into memory. */
  catchUp?: { logs: LogSource; scratchFolder: string };
  /** Told of each kept copy before the journal says that its table is live; again by an attempt that finishes it. */
  onKept?: (kept: KeptCopy) => Promise<void>;
}

/** A live table that an in-place restore set aside: where it lies on each storage node, and how big it is. */
export interface KeptCopy {
  table: string;
  keptAs: string;
  bytes: number;
  pieces: { node: string; database: string; live: string; kept: string }[];
}

export interface RestoreResult {
  tables: TableOutcome[];
  kept: KeptCopy[];
  /** Milliseconds; sums over tables where tables overlap. `compareMs`: reading what was loaded again, for its digest. */
  timings: { baseMs: number; catchUpMs: number; indexMs: number; compareMs: number; totalMs: number };
}

/** What `dropKept` (drop-kept.ts) takes. */
export interface DropKeptCommand {
  kept: KeptCopy;
  target: ClusterAccess;
}
