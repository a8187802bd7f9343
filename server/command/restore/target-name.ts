import { TidemarkError } from '#server/base/error.ts';
import { type ClusterKind, namePartsOf } from '#server/contract/cluster.ts';
import { parseTableName, type TableName } from '#server/contract/table-name.ts';
import { generatedName, nameFits, nameStamp } from '#server/engine/generated-name.ts';

/** What decides a target's name besides the request for that table. */
export interface TargetNaming {
  sourceKind: ClusterKind;
  targetKind: ClusterKind;
  /** The target cluster is the one the backup was taken from. */
  sameCluster: boolean;
  clean: boolean;
  /** Database of the target's computing node, empty on `mysql`. */
  targetDatabase: string;
  /** The plan's moment, for automatic names. */
  now: Date;
}

/**
 * Where one table goes. Without a wish: its own name when it replaces the live table or goes into another cluster, else
 * `<table>_restored_<time>` beside it. A table of a cluster with a computing node becomes `<database>.<table>` on
 * `mysql`, `database` being that of its rows. Errors: `input/invalid` for a name that the target cannot have.
 */
export function targetName(
  source: TableName,
  wish: string | null,
  rowsDatabase: string,
  naming: TargetNaming,
): TableName {
  const rule = naming.targetKind === 'mysql' ? 'mysql' : 'postgres';
  const parts = namePartsOf(naming.targetKind);
  if (wish !== null && wish !== '') {
    const name = parseTableName(wish, parts);
    for (const part of [name.database, name.schema, name.table].filter((text) => text !== '')) {
      if (!nameFits(part, rule)) throw tooLong(part, rule);
    }
    if (parts === 3 && name.database !== naming.targetDatabase) {
      throw new TidemarkError(
        'input/invalid',
        `the target cluster keeps its tables in database ${naming.targetDatabase}`,
        {
          hint: `Write the target as ${naming.targetDatabase}.schema.table.`,
          context: { target: wish },
        },
      );
    }
    return name;
  }
  const ownName = naming.clean || !naming.sameCluster;
  const table = ownName ? source.table : generatedName(source.table, `_restored_${nameStamp(naming.now)}`, rule);
  if (parts === 2) return { database: source.schema === '' ? source.database : rowsDatabase, schema: '', table };
  return { database: naming.sameCluster ? source.database : naming.targetDatabase, schema: source.schema, table };
}

function tooLong(part: string, rule: 'mysql' | 'postgres'): TidemarkError {
  const most = rule === 'mysql' ? '64 characters' : '63 bytes';
  return new TidemarkError('input/invalid', `the name "${part}" is longer than ${most}`, {
    hint: `Choose a name of at most ${most}.`,
  });
}

/** `<table>_kept_<time>`: what a live table is called after another took its place; the same for every attempt. */
export function keptName(table: string, madeAt: Date): string {
  return generatedName(table, `_kept_${nameStamp(madeAt)}`, 'mysql');
}

/** `<table>_undone_<time>`: what a restored table is called that had to give its place back; new for every attempt. */
export function undoneName(table: string, now: Date): string {
  return generatedName(table, `_undone_${nameStamp(now)}`, 'mysql');
}
