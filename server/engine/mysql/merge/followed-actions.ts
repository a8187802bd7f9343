import { type Affected, checksOff } from './affected-references.ts';
import { type Action, type ForeignAction, unsupported } from './foreign-actions.ts';
import type { TableRows } from './logged-rows.ts';
import { differ, isKnown, over, type ReferringRows, reference, type Value, type Values } from './referring-rows.ts';

/** A change that a foreign key made to one row of `table`. */
export interface FollowedChange {
  readonly table: string;
  /** Canonical, as RowKeyReader gives it. */
  readonly key: Buffer;
  /** null: the row was deleted. */
  readonly set: {
    /** The same as `key` unless key columns are among `columns`. */
    readonly key: Buffer;
    readonly columns: readonly number[];
    /** Canonical forms; null: NULL. */
    readonly values: readonly (Buffer | null)[];
  } | null;
}

interface Tracked {
  readonly table: string;
  readonly values: Values;
}

/**
 * The rows that actions may reach, as they are at each moment of the log, by what they refer to. Give it the backup's
 * rows first, then the log in commit order: it says what followed from each event. Memory grows with the rows that refer
 * to what the log removes, not with the table.
 */
export class FollowedActions {
  private readonly actions: readonly ForeignAction[];
  private readonly tables: ReadonlyMap<string, ReferringRows>;
  private readonly affected: Affected;
  /** Per table, by key. */
  private readonly rows = new Map<string, Map<string, Tracked>>();
  /** Per action, by what they refer to. */
  private readonly referring = new Map<ForeignAction, Map<string, Set<Tracked>>>();
  private eventTable = '';
  private followed: FollowedChange[] = [];
  /** Of them, those of rows that are still there, by key: only of the table whose event is followed. */
  private readonly changedRows = new Map<string, FollowedChange[]>();

  constructor(actions: readonly ForeignAction[], tables: ReadonlyMap<string, ReferringRows>, affected: Affected) {
    this.actions = actions;
    this.tables = tables;
    this.affected = affected;
    for (const name of tables.keys()) this.rows.set(name, new Map());
    for (const action of actions) this.referring.set(action, new Map());
  }

  /** Rows of the backup. */
  addStored(table: string, run: Buffer): void {
    for (const values of this.tables.get(table)!.stored(run)) this.track(table, values);
  }

  /**
   * What followed from the event as a whole, in order, to be applied after it. A row of the same table that a foreign key
   * changed and the event then deletes is not among it.
   */
  follow(rows: TableRows): FollowedChange[] {
    if (!this.isReached(rows.table)) return [];
    this.followed = [];
    this.changedRows.clear();
    const undone = new Set<FollowedChange>();
    const { table } = rows;
    this.eventTable = table;
    const reader = this.tables.get(table)!;
    for (const { before, after } of reader.logged(rows)) {
      const key = before && reader.keyOf(before);
      const earlier = key === null ? undefined : this.rows.get(table)!.get(key);
      for (const change of (key !== null && this.changedRows.get(key)) || []) {
        // Whether the image was taken before or after nobody can tell.
        if (after) throw unsupported('one event and foreign keys changed the same row', { table });
        undone.add(change);
      }
      const [from, to] = [
        before && over(before, earlier?.values),
        after && over(after, before ? earlier?.values : undefined),
      ];
      if (earlier) this.untrack(earlier);
      if (from && !checksOff(rows)) {
        if (to) this.updated(table, from, to);
        else this.deleted(table, from);
      }
      if (to) this.track(table, to);
    }
    return undone.size > 0 ? this.followed.filter((change) => !undone.has(change)) : this.followed;
  }

  /** Whether any row of the table can be acted on, or acted by. */
  private isReached(table: string): boolean {
    return this.actions.some(
      (action) => (action.child === table || action.parent === table) && this.affected.get(action)!.size > 0,
    );
  }

  private deleted(table: string, values: Values): void {
    for (const action of this.actions) {
      if (action.parent === table) this.act(action, action.onDelete, reference(values, action.refColumns), null);
    }
  }

  private updated(table: string, from: Values, to: Values): void {
    for (const action of this.actions) {
      if (action.parent !== table || !differ(from, to, action.refColumns)) continue;
      this.act(action, action.onUpdate, reference(from, action.refColumns), to);
    }
  }

  /** `to`: the row that was referred to, as it is now; null: it is gone. */
  private act(action: ForeignAction, how: Action, from: string | null, to: Values | null): void {
    if (from === null || how === 'none') return;
    const referring = this.referring.get(action)!;
    // One at a time: what follows from the first may be that the second goes as well. None refers to `from` afterwards.
    const next = () => referring.get(from)?.values().next().value;
    for (let row = next(); row; row = next()) {
      this.untrack(row);
      if (how === 'cascade' && !to) {
        this.followed.push({ table: row.table, key: this.keyOf(row.table, row.values), set: null });
        this.deleted(row.table, row.values);
      } else this.set(action, row, how === 'cascade' ? action.refColumns.map((column) => to![column]) : null);
    }
  }

  /** `forms`: what the key's columns become; null: NULL. */
  private set(action: ForeignAction, row: Tracked, forms: readonly Value[] | null): void {
    const { columns } = action;
    const values = [...row.values];
    for (const [n, column] of columns.entries()) {
      const form = forms ? forms[n] : null;
      if (form === undefined)
        throw unsupported(`the log does not say what ${action.name} refers to`, { key: action.name });
      values[column] = form;
    }
    const set = {
      key: this.keyOf(row.table, values),
      columns,
      values: columns.map((column) => (values[column] == null ? null : Buffer.from(values[column], 'latin1'))),
    };
    const change = { table: row.table, key: this.keyOf(row.table, row.values), set };
    this.followed.push(change);
    if (row.table === this.eventTable) {
      const key = set.key.toString('latin1');
      this.changedRows.set(key, [...(this.changedRows.get(key) ?? []), change]);
    }
    // What it refers to now, and what refers to it, may change again.
    for (const other of this.actions) {
      if (other.parent === row.table && isKnown(values, other.refColumns)) this.affected.get(other)!.add(values);
    }
    this.updated(row.table, row.values, values);
    this.track(row.table, values);
  }

  private keyOf(table: string, values: Values): Buffer {
    return Buffer.from(this.tables.get(table)!.keyOf(values), 'latin1');
  }

  /** Kept in mind when an action may reach it. */
  private track(table: string, values: Values): void {
    const row: Tracked = { table, values };
    let reached = false;
    for (const action of this.actions) {
      // A row whose reference the log leaves out has it still; had it been one of these, it would be known.
      if (action.child !== table || !isKnown(values, action.columns)) continue;
      if (!this.affected.get(action)!.holds(values)) continue;
      const to = reference(values, action.columns);
      if (to === null) continue;
      const referring = this.referring.get(action)!;
      const rows = referring.get(to);
      if (rows) rows.add(row);
      else referring.set(to, new Set([row]));
      reached = true;
    }
    if (reached) this.rows.get(table)!.set(this.tables.get(table)!.keyOf(values), row);
  }

  private untrack(row: Tracked): void {
    this.rows.get(row.table)!.delete(this.tables.get(row.table)!.keyOf(row.values));
    for (const action of this.actions) {
      if (action.child !== row.table || !isKnown(row.values, action.columns)) continue;
      const to = reference(row.values, action.columns);
      if (to === null) continue;
      const referring = this.referring.get(action)!;
      const rows = referring.get(to);
      rows?.delete(row);
      if (rows?.size === 0) referring.delete(to);
    }
  }
}
