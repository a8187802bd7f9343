import { affectedReferences } from './affected-references.ts';
import { FollowedActions, type FollowedChange } from './followed-actions.ts';
import type { ForeignAction } from './foreign-actions.ts';
import type { TableRows } from './logged-rows.ts';
import type { MergeTable } from './merge-table.ts';
import { ReferringRows } from './referring-rows.ts';

/** An event, and what foreign keys made of it: changes that the log does not hold. */
export interface FollowedRows {
  readonly rows: TableRows;
  readonly followed: readonly FollowedChange[];
}

export interface ForeignKeyFoldOptions {
  /** All that act on the wanted tables, from `actionsOn`. One set for all of the log: the caller splits it at DDL. */
  readonly actions: readonly ForeignAction[];
  /** Every table that `actions` names. */
  readonly tables: ReadonlyMap<string, MergeTable>;
  /** The backup's rows of a table, in runs; asked for more than once. */
  readonly rowsOf: (table: string) => AsyncIterable<Buffer>;
  /** The events of these tables in commit order; asked for twice, and again for each table between two others. */
  readonly log: () => AsyncIterable<TableRows>;
}

/**
 * ON DELETE and ON UPDATE actions of InnoDB leave no row events for the tables they change. This computes them: it gives
 * the log again, each event with the changes that followed from it, which `ChangeFold.follow` takes. The backup's rows
 * and the log must be of one instant over all these tables: they lie on one node.
 *
 * Errors: `table/unsupported` where changes cannot be followed (no key, references that images leave out, texts that are
 * equal by collation only), those of `rowsOf` and `log`.
 */
export async function* followForeignKeys(options: ForeignKeyFoldOptions): AsyncGenerator<FollowedRows> {
  const { actions, rowsOf, log } = options;
  const tables = new Map(
    [...options.tables].map(([name, table]) => [name, new ReferringRows(name, table, actions)] as const),
  );
  const affected = await affectedReferences(actions, tables, rowsOf, log);
  const following = new FollowedActions(actions, tables, affected);
  for (const child of new Set(actions.map((action) => action.child))) {
    const reached = actions.some((action) => action.child === child && affected.get(action)!.size > 0);
    if (!reached) continue;
    for await (const run of rowsOf(child)) following.addStored(child, run);
  }
  for await (const rows of log()) yield { rows, followed: following.follow(rows) };
}
