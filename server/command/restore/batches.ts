import type { PlanTable, RestorePlan } from '#server/contract/restore.ts';
import type { TableRequest } from './plan-request.ts';

/** One planned table that waits for its turn; `index` is its place in the plan. */
export interface WaitingTable {
  index: number;
  table: PlanTable;
  request: TableRequest;
}

/** More tables share the price of a step among more, and lose more together when one of them is bad. */
const tablesPerBatch = 32;
/** A batch lies in memory. */
const bytesPerBatch = 4 * 1024 ** 2;
const smallTableBytes = 1024 ** 2;
/** From here on indexes are built after the load; less is staged with them (staging.ts). */
const smallTableRows = 10_000;

/**
 * Puts small tables together that may take each step as one: same node, same database to and from, nothing of theirs to
 * be swapped or handed over. Every other table is a batch of its own. Order within a batch is the plan's, and a
 * batch stands where its last table did.
 */
export function batchesOf(
  waiting: readonly WaitingTable[],
  plan: Pick<RestorePlan, 'triggers' | 'log'>,
): WaitingTable[][] {
  const batches: WaitingTable[][] = [];
  const open = new Map<string, { tables: WaitingTable[]; bytes: number }>();
  for (const one of waiting) {
    // What the log makes of a table it makes of that table alone.
    if (plan.log !== null || !isSmall(one, plan)) {
      batches.push([one]);
      continue;
    }
    const { source, target } = one.table.fragments[0]!;
    const key = JSON.stringify([source.node, source.database, target.node, target.database]);
    const batch = open.get(key) ?? { tables: [], bytes: 0 };
    batch.tables.push(one);
    batch.bytes += one.table.rawBytes;
    open.set(key, batch);
    if (batch.tables.length < tablesPerBatch && batch.bytes < bytesPerBatch) continue;
    open.delete(key);
    batches.push(batch.tables);
  }
  return [...batches, ...[...open.values()].map(({ tables }) => tables)];
}

function isSmall({ table, request }: WaitingTable, { triggers }: Pick<RestorePlan, 'triggers'>): boolean {
  const [fragment, ...more] = request.file.fragments;
  if (fragment === undefined || more.length > 0 || table.fragments.length !== 1 || table.mode !== 'beside')
    return false;
  if (fragment.foreignKeys.length > 0 || (triggers && fragment.triggers.length > 0)) return false;
  if (fragment.columns.some(({ declared }) => declared.endsWith('ROW START'))) return false;
  return table.rows < smallTableRows && table.rawBytes <= smallTableBytes;
}
