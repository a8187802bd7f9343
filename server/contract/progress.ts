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

/** One phase of one table. `fragments` is keyed `node/database/table`; the amounts are their sum where there are any. */
export const phaseProgress = amount.extend({
  state: workState,
  fragments: z.record(z.string(), amount.extend({ state: workState })),
});
export type PhaseProgress = z.infer<typeof phaseProgress>;

/** Keyed by the phases of contract/job.ts. */
export const tablePhases = z.record(z.string(), phaseProgress);
export type TablePhases = z.infer<typeof tablePhases>;

/** Amounts are those of the phase `rows`, the long one. Rates are of the last seconds; null before there are any. */
export const jobProgress = amount.extend({
  tables: z.object({ total: z.number(), done: z.number(), failed: z.number() }),
  rowsPerSecond: z.number().nullable(),
  bytesPerSecond: z.number().nullable(),
  etaMs: z.number().nullable(),
  nodes: z.array(amount.extend({ node: z.string(), bytesPerSecond: z.number().nullable() })),
});
export type JobProgress = z.infer<typeof jobProgress>;
