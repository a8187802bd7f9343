import { z } from 'zod';

/** How far a job is, as its row holds it and every screen shows it. Totals are null while nobody knows them. */
const amount = z.object({
  rowsDone: z.number(),
  rowsTotal: z.number().nullable(),
  bytesDone: z.number(),
  bytesTotal: z.number().nullable(),
});

export const workState = z.enum(['waiting', 'running', 'done', 'failed']);
export type WorkState = z.infer<typeof workState>;

/** Of the phase `log` alone: how far it is read, by the servers' clocks. */
const logTime = { logTime: z.iso.datetime({ offset: true }).optional() };

/** One phase of one table. `fragments` is keyed `node/database/table`; the amounts are their sum where there are any. */
export const phaseProgress = amount.extend({
  state: workState,
  ...logTime,
  fragments: z.record(z.string(), amount.extend({ state: workState, ...logTime })),
});
export type PhaseProgress = z.infer<typeof phaseProgress>;

/** Keyed by the phases of contract/job.ts. */
export const tablePhases = z.record(z.string(), phaseProgress);
export type TablePhases = z.infer<typeof tablePhases>;

/** A step of the whole job, as long as it was or is the one being done. */
export const jobStep = z.object({
  step: z.string(),
  startedAt: z.iso.datetime({ offset: true }),
  endedAt: z.iso.datetime({ offset: true }).nullable(),
});
export type JobStep = z.infer<typeof jobStep>;

/** What a backup costs one storage node while it is read; of a restore, whether and how long it waits for the node. */
export const nodeSigns = z.object({
  node: z.string(),
  /** `host:port` of the replica that is read instead of the node; null when it is the node itself. */
  replica: z.string().nullable(),
  /** Since when the oldest snapshot is held open, and until when it may be; null when none is. */
  snapshotAt: z.iso.datetime({ offset: true }).nullable(),
  snapshotUntil: z.iso.datetime({ offset: true }).nullable(),
  /**
   * Undo records that the server keeps because some snapshot may need them (history list length): before the backup, and
   * since then, oldest first, thinned out over a long time. Empty where the server does not tell.
   */
  historyBefore: z.number().nullable(),
  history: z.array(z.number()),
  /** Why nothing new is read or loaded there just now, in words; null while it is. */
  waitsBecause: z.string().nullable(),
  /** How long all the waiting took that is over, in milliseconds. */
  waitedMs: z.number(),
});
export type NodeSigns = z.infer<typeof nodeSigns>;

/** Amounts are those of the phase `rows`, the long one. Rates are of the last seconds; null before there are any. */
export const jobProgress = amount.extend({
  tables: z.object({ total: z.number(), done: z.number(), failed: z.number() }),
  rowsPerSecond: z.number().nullable(),
  bytesPerSecond: z.number().nullable(),
  etaMs: z.number().nullable(),
  nodes: z.array(amount.extend({ node: z.string(), bytesPerSecond: z.number().nullable() })),
  /** Absent where the work does not tell of them. */
  steps: z.array(jobStep).optional(),
  signs: z.array(nodeSigns).optional(),
  /** The longest that a writer was seen to wait because of this job, so far. */
  longestWriterWaitMs: z.number().optional(),
});
export type JobProgress = z.infer<typeof jobProgress>;
