import { rowsFlag } from '../binlog/rows-event.ts';
import { type ForeignAction, unsupported } from './foreign-actions.ts';
import type { TableRows } from './logged-rows.ts';
import { differ, looseReference, type ReferringRows, reference, type Values } from './referring-rows.ts';

/** What rows of a parent are referred to by that one action may follow. More than needed does no harm. */
export class AffectedReferences {
  private readonly exact = new Set<string>();
  private readonly loose = new Set<string>();
  private readonly action: ForeignAction;

  constructor(action: ForeignAction) {
    this.action = action;
  }

  get size(): number {
    return this.exact.size;
  }

  /** A parent's row. */
  add(parent: Values): void {
    const { refColumns, equality } = this.action;
    const to = reference(parent, refColumns);
    if (to === null || this.exact.has(to)) return;
    this.exact.add(to);
    if (equality.some((each) => each !== 'bytes')) this.loose.add(looseReference(parent, refColumns, equality));
  }

  /**
   * Whether the child's row may be acted on. Errors: `table/unsupported` when only its collation can tell, because it
   * names the parent's row with other letters.
   */
  holds(child: Values): boolean {
    const { name, columns, equality } = this.action;
    const to = reference(child, columns);
    if (to === null || this.exact.size === 0) return false;
    if (this.exact.has(to)) return true;
    if (this.loose.size > 0 && this.loose.has(looseReference(child, columns, equality))) {
      throw unsupported(`rows of foreign key ${name} refer to rows by texts that differ in case, accents or spaces`, {
        key: name,
      });
    }
    return false;
  }
}

export type Affected = ReadonlyMap<ForeignAction, AffectedReferences>;

/**
 * Collects, for each action, the references it may follow while the log goes on: those that logged changes end, and
 * those of rows that are acted on themselves, which are found in the backup's rows and in the log, again until no more
 * are found.
 */
export async function affectedReferences(
  actions: readonly ForeignAction[],
  tables: ReadonlyMap<string, ReferringRows>,
  rowsOf: (table: string) => AsyncIterable<Buffer>,
  log: () => AsyncIterable<TableRows>,
): Promise<Affected> {
  const affected = new Map(actions.map((action) => [action, new AffectedReferences(action)]));
  const on = (table: string) => actions.filter(({ child }) => child === table);
  const of = (table: string) => actions.filter(({ parent }) => parent === table);
  for await (const rows of log()) addEnded(rows, tables, of(rows.table), affected);

  const between = [...tables.keys()].filter((table) => on(table).length > 0 && of(table).length > 0);
  const sizeOf = (table: string) => on(table).reduce((sum, action) => sum + affected.get(action)!.size, 0);
  const scanned = new Map<string, number>();
  for (;;) {
    const next = between.find((table) => sizeOf(table) > (scanned.get(table) ?? 0));
    if (!next) return affected;
    const reader = tables.get(next)!;
    // An action gives rows references that neither the backup nor the log names, so all that the log does may be met.
    if (!scanned.has(next))
      for await (const rows of log()) if (rows.table === next) addAll(rows, reader, of(next), affected);
    scanned.set(next, sizeOf(next));
    for await (const run of rowsOf(next)) {
      for (const values of reader.stored(run)) {
        if (!on(next).some((action) => affected.get(action)!.holds(values))) continue;
        for (const action of of(next)) affected.get(action)!.add(values);
      }
    }
  }
}

/** What a logged change of a row takes away from those that refer to it. */
function addEnded(
  rows: TableRows,
  tables: ReadonlyMap<string, ReferringRows>,
  acting: readonly ForeignAction[],
  affected: Affected,
): void {
  if (acting.length === 0 || rows.event.change === 'insert' || checksOff(rows)) return;
  for (const { before, after } of tables.get(rows.table)!.logged(rows)) {
    for (const action of acting) {
      if (before && (!after || differ(before, after, action.refColumns))) affected.get(action)!.add(before);
    }
  }
}

function addAll(rows: TableRows, reader: ReferringRows, acting: readonly ForeignAction[], affected: Affected): void {
  for (const { after } of reader.logged(rows)) {
    for (const action of acting) {
      if (after && action.refColumns.every((column) => after[column] !== undefined)) affected.get(action)!.add(after);
    }
  }
}

/** The session that made this change had foreign keys switched off: nothing followed from it. */
export function checksOff({ event }: TableRows): boolean {
  return (event.flags & rowsFlag.noForeignKeyChecks) !== 0;
}
