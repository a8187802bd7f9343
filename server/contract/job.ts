import { z } from 'zod';

export const jobKinds = [
  'inspect',
  'backup',
  'restore',
  'verify',
  'remove-backup',
  'probe-destination',
  'reindex',
  'drop-kept',
] as const;
export type JobKind = (typeof jobKinds)[number];

export const jobStates = ['queued', 'running', 'cancelling', 'succeeded', 'partly', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

/**
 * The life of a job, written once and used by the executor, the API and the screens. `queued → queued` is a hand-back
 * (an attempt gave up its lease without ending the job); `running → running` is a new attempt after a lost lease.
 * `queued → cancelling` is a job that was handed back and is to be cancelled: an attempt takes it to clean up.
 */
export const jobTransitions: Record<JobState, readonly JobState[]> = {
  queued: ['running', 'cancelling', 'cancelled', 'failed'],
  running: ['queued', 'running', 'cancelling', 'succeeded', 'partly', 'failed'],
  cancelling: ['cancelling', 'cancelled', 'succeeded', 'partly', 'failed'],
  succeeded: [],
  partly: [],
  failed: [],
  cancelled: [],
};
export const endedStates: readonly JobState[] = ['succeeded', 'partly', 'failed', 'cancelled'];
export const hasEnded = (state: JobState): boolean => endedStates.includes(state);
export const mayBecome = (from: JobState, to: JobState): boolean => jobTransitions[from].includes(to);

/** The phases of work on a table, in their order. */
export const backupPhases = ['definition', 'rows', 'publish'] as const;
export const restorePhases = ['definition', 'log', 'rows', 'indexes', 'compare', 'publish'] as const;
export type Phase = (typeof backupPhases)[number] | (typeof restorePhases)[number];

/**
 * What the work says of itself, any time it likes; the executor decides when to write it. `table` is the formatted
 * source name; `fragment` is `node/database/table` where the value is about one piece. Totals are null while unknown.
 */
export const progressReport = z.object({
  table: z.string(),
  fragment: z.string().nullable(),
  phase: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  rowsDone: z.number(),
  rowsTotal: z.number().nullable(),
  bytesDone: z.number(),
  bytesTotal: z.number().nullable(),
  /** Of the phase `log`: how far it is read, by the server's clock. */
  logTime: z.iso.datetime({ offset: true }).optional(),
});
export type ProgressReport = z.infer<typeof progressReport>;

/** A line of a job's event log. Ids rise within a job; the browser resumes after the last one it has. */
export const jobEvent = z.object({
  id: z.number(),
  at: z.string(),
  level: z.enum(['info', 'good', 'warn', 'bad']),
  message: z.string(),
});
export type JobEvent = z.infer<typeof jobEvent>;

export const tableOutcome = z.object({
  source: z.string(),
  target: z.string().nullable(),
  outcome: z.enum(['succeeded', 'failed', 'skipped']),
  rows: z.number(),
  /** Of a restore to a point: rows that the log changed, each as often as it did. Absent in older outcomes. */
  changesApplied: z.number().optional(),
  /** Of a restore to a point: stored bytes that were read of the log archive; `headerBytes` of them whatever the table. */
  log: z.object({ bytesRead: z.number(), headerBytes: z.number() }).optional(),
  rawBytes: z.number(),
  storedBytes: z.number(),
  fragments: z.number(),
  digest: z.string().nullable(),
  keptAs: z.string().nullable(),
  notes: z.array(z.string()),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
});
export type TableOutcome = z.infer<typeof tableOutcome>;
