import { formatTableName } from '#server/contract/table-name.ts';
import { actionsOn, type ForeignAction, foreignName, unsupported } from '#server/engine/mysql/merge/foreign-actions.ts';
import { readTableFile } from '#server/manifest/read.ts';
import type { FragmentFile, Manifest } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';

/** A fragment with all that changes its rows by foreign keys, without a word in the log. */
export interface ForeignClosure {
  /** None: only its own events change it. */
  readonly actions: readonly ForeignAction[];
  /** It and every other that `actions` name, all on its node. */
  readonly fragments: readonly FragmentFile[];
}

/**
 * Follows the foreign keys that act on a fragment's rows, as the backup has them. Errors: `table/unsupported` where a
 * table on that way is not in the backup, stands at another place of the log, or nobody can tell which values are equal.
 */
export async function foreignClosure(
  storage: Storage,
  manifest: Manifest,
  fragment: FragmentFile,
): Promise<ForeignClosure> {
  const found = new Map([[nameOf(fragment), fragment]]);
  const waiting = [fragment];
  for (let child = waiting.shift(); child; child = waiting.shift()) {
    for (const key of child.foreignKeys) {
      if (!acts(key.onDelete) && !acts(key.onUpdate)) continue;
      const at = { node: fragment.node, database: key.refDatabase, table: key.refTable };
      if (found.has(nameOf(at))) continue;
      const parent = await findFragment(storage, manifest, at);
      if (!parent) {
        throw unsupported(`${at.database}.${at.table}, which ${key.name} refers to, is not in the backup`, {
          key: key.name,
        });
      }
      refuseApart(fragment, parent);
      found.set(nameOf(at), parent);
      waiting.push(parent);
    }
  }
  const fragments = [...found.values()];
  return {
    actions: fragments.length > 1 || refersToItself(fragment) ? actionsOn(nameOf(fragment), fragments) : [],
    fragments,
  };
}

const acts = (action: string) => action === 'CASCADE' || action === 'SET NULL';
const nameOf = ({ database, table }: { database: string; table: string }) => foreignName(database, table);

const refersToItself = ({ database, table, foreignKeys }: FragmentFile) =>
  foreignKeys.some(
    (key) => key.refDatabase === database && key.refTable === table && (acts(key.onDelete) || acts(key.onUpdate)),
  );

function refuseApart(child: FragmentFile, parent: FragmentFile): void {
  const { file, offset } = child.position;
  if (parent.position.file === file && parent.position.offset === offset) return;
  throw unsupported(`${child.table} and ${parent.table}, which it refers to, stand at different places of the log`, {
    child: child.table,
    parent: parent.table,
  });
}

export async function findFragment(
  storage: Storage,
  manifest: Manifest,
  wanted: { node: string; database: string; table: string },
): Promise<FragmentFile | null> {
  const isWanted = ({ node, database, table }: FragmentFile) =>
    node === wanted.node && database === wanted.database && table === wanted.table;
  // On one server tables are named as it names them; elsewhere only their files tell where they lie.
  const name = formatTableName({ database: wanted.database, schema: '', table: wanted.table });
  const entries =
    manifest.cluster.kind === 'mysql' ? manifest.tables.filter((entry) => entry.name === name) : manifest.tables;
  for (const entry of entries) {
    const { fragments } = await readTableFile(storage, manifest.id, entry);
    const fragment = fragments.find(isWanted);
    if (fragment) return fragment;
  }
  return null;
}
