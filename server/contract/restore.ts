import { z } from 'zod';
import { leastByteRate } from './backup.ts';
import { instant, restorePoint } from './restore-point.ts';

/** `target` empty = the automatic name `<table>_restored_<time>` beside the live table; the own name with `clean` or into another cluster. */
export const restoreTableInput = z.object({
  source: z.string().min(1),
  target: z.string().nullable().default(null),
  /** Which target node takes which leaf (key: leaf name of the source or its table); the rest is balanced. */
  placement: z.record(z.string(), z.string()).default({}),
});

/**
 * Connections per storage node, unless said otherwise. On two cores three loaded a table of 1.8 GB in nine tenths of the
 * time of two, indexes not counted; more than three were not measured.
 */
export const usualLoadConnections = 3;

/** How a restore loads. Each bound that is null is not set. */
export const loadManner = z.object({
  /** Raw bytes a second, over all connections to all nodes together. */
  maxBytesPerSecond: z.number().int().min(leastByteRate).nullable().default(null),
  /** Nothing more is sent to a node while one of its replicas is further behind than this. */
  maxReplicaLagSeconds: z.number().int().min(1).max(86_400).nullable().default(null),
  /** Off: the nodes' binlogs do not get what the restore writes, and so neither do replicas and log archives. Never in place. */
  logBin: z.boolean().default(true),
});

export const restoreInput = z.object({
  clusterId: z.string(),
  point: restorePoint,
  tables: z.array(restoreTableInput).min(1, 'choose at least one table').max(20_000),
  intoClusterId: z.string().nullable().default(null),
  /** Drop and replace: the live table is kept aside under another name until `keepFor` has passed. */
  clean: z.boolean().default(false),
  keepForMs: z
    .number()
    .int()
    .min(0)
    .max(365 * 86_400_000)
    .default(7 * 86_400_000),
  foreignKeys: z.boolean().default(false),
  triggers: z.boolean().default(false),
  parallel: z.number().int().min(1).max(32).default(usualLoadConnections),
  ...loadManner.shape,
});
export type RestoreInput = z.infer<typeof restoreInput>;

export const planCheck = z.object({
  id: z.string(),
  label: z.string(),
  state: z.enum(['ok', 'warn', 'bad']),
  detail: z.string(),
  fix: z.string(),
});
export type PlanCheck = z.infer<typeof planCheck>;

export const planFragment = z.object({
  /** Index of the fragment in the backup's table file. */
  index: z.number().int(),
  source: z.object({ node: z.string(), database: z.string(), table: z.string(), partition: z.string().nullable() }),
  target: z.object({ node: z.string(), database: z.string(), table: z.string(), partition: z.string().nullable() }),
  rows: z.number(),
  rawBytes: z.number(),
  storedBytes: z.number(),
  chunks: z.number(),
});
export type PlanFragment = z.infer<typeof planFragment>;

/** What of a log archive is laid over a table's rows; all of it is read from where the backup stands to where it stops. */
export const planTableLog = z.object({
  /** Segments that hold changes of the table, the tail of each node counted as one, and its frames in them. */
  segments: z.number(),
  frames: z.number(),
  /** Read of them: the table's frames, and beside them the header streams. */
  bytes: z.number(),
  /** Rows changed in those segments: some of them may lie outside of what is applied. */
  changes: z.number(),
  /** Statements that the table is carried across, in words; an earlier version crossed none. */
  crossed: z.array(z.string()).default([]),
});

export const planTable = z.object({
  source: z.string(),
  target: z.string(),
  mode: z.enum(['beside', 'in-place']),
  /** Key of the table file inside the backup. */
  tableId: z.string(),
  /** Name the live table is kept under on each storage node; null unless in place. */
  keptAs: z.string().nullable(),
  fragments: z.array(planFragment),
  rows: z.number(),
  rawBytes: z.number(),
  storedBytes: z.number(),
  /** null: the table comes back as the backup has it. */
  log: planTableLog.nullable().default(null),
  /** Sentences, one a thing, said before the button is pressed. */
  willNotComeBack: z.array(z.string()),
  /** Set when this table cannot be restored; the other tables still can. */
  problem: z.object({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
});
export type PlanTable = z.infer<typeof planTable>;

/** How far a restore to a point goes, decided when the plan was made. */
export const planLog = z.object({
  /** The point as it is decided again when the plan runs; null: nothing was committed after the backup. */
  stop: restorePoint.nullable(),
  /** By our clock; a node that stops at a transaction has its own time. */
  at: instant,
  /** What was acknowledged earlier than so long before `at` is in. */
  resolutionMs: z.number(),
  resolution: z.string(),
  nodes: z.array(
    z.object({
      node: z.string(),
      /** The last transaction before the end, of whatever table, and its time; null: there is none after the backup. */
      last: z.object({ transaction: z.string(), at: instant }).nullable(),
      /** Global transactions that this node committed after its end, and that are in. */
      late: z.number(),
    }),
  ),
  /** Global transactions that are left out because a log that could decide them is not there. */
  inDoubt: z.array(z.object({ transaction: z.string(), node: z.string(), reason: z.string() })),
});
export type PlanLog = z.infer<typeof planLog>;

/** The exact thing a restore job runs. The executor runs this and nothing else. */
export const restorePlan = z.object({
  version: z.literal(1),
  madeAt: instant,
  clusterName: z.string(),
  targetClusterName: z.string(),
  backup: z.object({ id: z.string(), destination: z.string(), at: instant, cutProven: z.boolean() }),
  point: restorePoint,
  /** null: the point is the backup's own instant. */
  log: planLog.nullable().default(null),
  clean: z.boolean(),
  keepForMs: z.number(),
  foreignKeys: z.boolean(),
  triggers: z.boolean(),
  parallel: z.number(),
  ...loadManner.shape,
  tables: z.array(planTable),
  nodes: z.array(z.object({ name: z.string(), freeBytes: z.number().nullable() })),
  steps: z.array(z.object({ title: z.string(), detail: z.string() })),
  checks: z.array(planCheck),
  /** Null when this installation has no history to estimate from. */
  estimate: z.object({ lowMs: z.number(), highMs: z.number(), restores: z.number() }).nullable(),
});
export type RestorePlan = z.infer<typeof restorePlan>;
