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
  /** Sentences, one a thing, said before the button is pressed. */
  willNotComeBack: z.array(z.string()),
  /** Set when this table cannot be restored; the other tables still can. */
  problem: z.object({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
});
export type PlanTable = z.infer<typeof planTable>;

/** The exact thing a restore job runs. The executor runs this and nothing else. */
export const restorePlan = z.object({
  version: z.literal(1),
  madeAt: instant,
  clusterName: z.string(),
  targetClusterName: z.string(),
  backup: z.object({ id: z.string(), destination: z.string(), at: instant, cutProven: z.boolean() }),
  point: restorePoint,
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
