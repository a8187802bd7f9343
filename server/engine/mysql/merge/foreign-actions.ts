import { TidemarkError } from '#server/base/error.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import { charsetOf } from '../canonical/charset.ts';

/** What becomes of rows that refer to a row. */
export type Action = 'cascade' | 'set null' | 'none';

/** A foreign key by which a change of one table's rows changes another's, without a word in the log. */
export interface ForeignAction {
  readonly name: string;
  readonly child: string;
  /** Indexes into the child's columns, in the key's order. */
  readonly columns: readonly number[];
  readonly parent: string;
  /** Indexes into the parent's columns, in the same order. */
  readonly refColumns: readonly number[];
  readonly onDelete: Action;
  readonly onUpdate: Action;
  /** Per column. */
  readonly equality: readonly Equality[];
}

/**
 * When two values are one for the server: their bytes are the same; also when only spaces at their end differ; or when
 * its collation says so.
 */
export type Equality = 'bytes' | 'padded' | 'collated';

/** A table as far as its foreign keys go. */
export type ReferringTable = Pick<FragmentFile, 'database' | 'table' | 'columns' | 'foreignKeys'>;

/** How tables are called here: no table's name holds this character twice in another way. */
export const foreignName = (database: string, table: string) => JSON.stringify([database, table]);

/**
 * The foreign keys that act on `target` or on what acts on it, from `tables`, which must hold every table on that way.
 * Nearest first. Errors: `table/unsupported` where one is missing or where nobody can tell which values are equal.
 */
export function actionsOn(target: string, tables: readonly ReferringTable[]): ForeignAction[] {
  const byName = new Map(tables.map((table) => [foreignName(table.database, table.table), table]));
  const found = new Map<string, ForeignAction[]>();
  const waiting = [target];
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    if (found.has(name)) continue;
    const table = byName.get(name);
    if (!table) throw unsupported(`the foreign keys of ${name} are not known`, { table: name });
    const actions = table.foreignKeys.flatMap((key) => actionOf(table, key, byName) ?? []);
    found.set(name, actions);
    waiting.push(...actions.map(({ parent }) => parent));
  }
  return [...found.values()].flat();
}

function actionOf(
  table: ReferringTable,
  key: FragmentFile['foreignKeys'][number],
  byName: ReadonlyMap<string, ReferringTable>,
): ForeignAction | null {
  const [onDelete, onUpdate] = [actionNamed(key.onDelete), actionNamed(key.onUpdate)];
  if (onDelete === 'none' && onUpdate === 'none') return null;
  const parentName = foreignName(key.refDatabase, key.refTable);
  const parent = byName.get(parentName);
  if (!parent)
    throw unsupported(`${key.refTable}, which foreign key ${key.name} refers to, is not known`, { key: key.name });
  const columns = key.columns.map((name) => placeOf(table, name));
  return {
    name: key.name,
    child: foreignName(table.database, table.table),
    columns,
    parent: parentName,
    refColumns: key.refColumns.map((name) => placeOf(parent, name)),
    onDelete,
    onUpdate,
    equality: columns.map((place) => equalityOf(table.columns[place]!, key.name)),
  };
}

function actionNamed(text: string): Action {
  if (text === 'CASCADE') return 'cascade';
  return text === 'SET NULL' ? 'set null' : 'none';
}

function placeOf({ columns, table }: ReferringTable, name: string): number {
  const place = columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase());
  if (place < 0) throw unsupported(`table ${table} has no column ${name}`, { column: name });
  return place;
}

/** Of a text: its collation is one of bytes. */
const binaryFlag = 0x80;
/** Whose texts `looseText` can read. */
const readable = new Set(['utf8mb4', 'utf8mb3', 'ascii']);

function equalityOf(column: FragmentFile['columns'][number], key: string): Equality {
  if (/^(enum|set)\b/i.test(column.declared)) {
    throw unsupported(`foreign key ${key} compares ${column.declared.slice(0, 4)} values by their number`, { key });
  }
  if (!/^(var)?char\b/i.test(column.declared)) return 'bytes';
  const charset = charsetOf(column.charset);
  if (charset && readable.has(charset)) return (column.flags & binaryFlag) !== 0 ? 'padded' : 'collated';
  throw unsupported(`foreign key ${key} compares texts of character set ${charset ?? column.charset}`, { key });
}

/**
 * What texts that are one for a server have in common: no spaces at the end, and where a collation decides, no case and
 * no accents. Two texts that differ here are hardly ever one; two that do not, may be.
 */
export function looseText(text: string, equality: Equality): string {
  if (equality === 'padded') return text.trimEnd();
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('æ', 'ae')
    .trimEnd();
}

export function unsupported(reason: string, context: Record<string, unknown>): TidemarkError {
  return new TidemarkError('table/unsupported', `changes by foreign keys cannot be followed: ${reason}`, {
    hint: 'Such changes are not in the log. Restore to the end of a backup, or to a time before rows that are referred to changed.',
    context,
  });
}
