import { asTidemarkError } from '#server/base/error.ts';
import type { FragmentFile, Manifest } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import { foreignClosure } from '../restore/foreign-closure.ts';

interface TableOfNode {
  readonly database: string;
  readonly table: string;
}

/** What the log after a backup must hold, besides a fragment's own changes, for its rows to be carried on. */
export interface ChangedWith {
  /** Tables whose rows change its rows by foreign keys, itself too: of several, no statement may have changed one. */
  readonly tables: readonly TableOfNode[];
  /** Why no log can be laid over its rows, whatever is archived; null: it can. */
  readonly standsAlone: string | null;
  /** Statements that a restore goes across: those that empty it, any that can be crossed, or none. */
  readonly crossable: 'none' | 'empty' | 'all';
}

/** As a restore's plan sees it. Errors: those of the destination, where a table file cannot be read. */
export async function changedWith(storage: Storage, manifest: Manifest, fragment: FragmentFile): Promise<ChangedWith> {
  const { database, table, columns } = fragment;
  const alone = (standsAlone: string) => ({ tables: [{ database, table }], standsAlone, crossable: 'none' as const });
  if (columns.some(({ declared }) => /^bigint.*ROW START$/i.test(declared))) {
    return alone(
      `${database}.${table} is versioned by transaction, and what its rows of the past refer to lies on their server alone`,
    );
  }
  try {
    const { fragments, actions } = await foreignClosure(storage, manifest, fragment);
    const tables = fragments.map((one) => ({ database: one.database, table: one.table }));
    // What becomes of a definition on a computing node is in no log.
    const crossable = manifest.cluster.kind === 'mysql' ? 'all' : 'empty';
    return { tables, standsAlone: null, crossable: fragments.length > 1 || actions.length > 0 ? 'none' : crossable };
  } catch (thrown) {
    const error = asTidemarkError(thrown);
    if (error.code !== 'table/unsupported') throw error;
    return alone(error.message);
  }
}
