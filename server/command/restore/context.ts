import type { RestorePlan } from '#server/contract/restore.ts';
import type { MarkedTable } from '#server/engine/mysql/load-marks.ts';
import type { Pace } from '#server/engine/mysql/pace.ts';
import type { Manifest } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { Attempt } from '../attempt.ts';
import type { KeptCopy, RestoreCommand } from './command.ts';
import type { NodeSlots } from './node-slots.ts';
import type { OneAtATime } from './one-at-a-time.ts';
import type { PointCut } from './point-cut.ts';
import type { scratchNames } from './scratch-names.ts';
import type { TargetWorld } from './world.ts';

/** What every step of one running restore works with. */
export interface RestoreContext {
  attempt: Attempt;
  plan: RestorePlan;
  storage: Storage;
  world: TargetWorld;
  slots: NodeSlots;
  /** Turns on the computing node: two tables that make one schema would fail each other. */
  computingTurn: OneAtATime;
  /** By the table's place in the plan: restored tables that gave their place back and are kept. */
  undone: Map<number, KeptCopy[]>;
  onKept: NonNullable<RestoreCommand['onKept']>;
  timings: { baseMs: number; catchUpMs: number; indexMs: number; compareMs: number };
  /** What of the log is laid over the rows; null: nothing, the plan is to a backup's own instant. */
  point: {
    cut: PointCut;
    decidedBytes: number;
    manifest: Manifest;
    scratchFolder: string;
    close(): Promise<void>;
  } | null;
  /** Slows loading down; undefined when nothing is bounded. */
  pace: Pace | undefined;
  /** By the piece: what earlier attempts had loaded of it and this one goes on with. */
  adopted: Map<object, MarkedTable>;
  /** See scratchNames; an adopted piece stays where it is. */
  scratchOf: ReturnType<typeof scratchNames>;
}

/** Six characters that tell this attempt's names from another's. */
export const shortId = (attemptId: string) => attemptId.slice(-6);
