import { valueForms } from '../canonical/value-forms-fixture.ts';
import type { LoggedRows } from './logged-rows.ts';
import { type Change, type ColumnSpec, logged, type Row, TestTable } from './merge-fixture.ts';

/** For tests: a table of random types, and what a naive model makes of random changes to its rows. */
export interface Story {
  readonly table: TestTable;
  /** The rows before all events. */
  readonly chunks: readonly Row[][];
  readonly events: readonly LoggedRows[];
  readonly after: readonly Row[];
}

export interface StoryKind {
  readonly keyed: boolean;
  /** Partial: as MINIMAL and NOBLOB leave columns out, and at random. */
  readonly images: 'full' | 'partial';
  /** The last column is computed. */
  readonly computed: boolean;
}

/** Whole numbers from 0 up to `below`; the same for a seed. */
export type Dice = (below: number) => number;

export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const eventCount = 60;

export function tellStory(seed: number, kind: StoryKind): Story {
  const dice = diceOf(seed);
  const table = randomTable(seed, kind, dice);
  const model = new Model(table, dice);
  for (let n = 0; n < 25; n++) model.insert();
  const chunks: Row[][] = [[], [], []];
  for (const row of model.rows) chunks[dice(3)]!.push(row);
  const events: LoggedRows[] = [];
  for (let n = 0; n < eventCount; n++) {
    const verb = verbs[dice(verbs.length)]!;
    const changes: Change[] = [];
    for (let count = 1 + dice(3); count > 0; count--) {
      const change = model[verb]();
      if (change) changes.push(change);
    }
    if (changes.length > 0) events.push(event(table, changes, n, kind, dice));
  }
  return { table, chunks, events, after: model.rows };
}

const verbs = ['insert', 'delete', 'update', 'move'] as const;

function randomTable(seed: number, { keyed, computed }: StoryKind, dice: Dice): TestTable {
  const width = 2 + dice(5);
  const specs: ColumnSpec[] = [];
  for (let n = 0; n < width; n++) specs.push({ forms: valueForms[dice(valueForms.length)]! });
  if (computed) specs.push({ forms: specs[width - 1]!.forms, copyOf: width - 1 });
  if (!keyed) return new TestTable(specs, null, seed, 4);
  const key = [dice(width)];
  if (width > 2 && dice(2) === 0) key.push((key[0]! + 1) % width);
  return new TestTable(
    specs,
    key.sort((a, b) => a - b),
    seed,
    24,
  );
}

class Model {
  readonly rows: Row[] = [];
  private readonly keys = new Set<string>();
  private readonly table: TestTable;
  private readonly dice: Dice;

  constructor(table: TestTable, dice: Dice) {
    this.table = table;
    this.dice = dice;
  }

  insert(): Change | undefined {
    const { table, dice } = this;
    const row = this.random();
    const defaulted =
      dice(2) === 0 ? row.map((value, c) => (dice(3) ? value : this.unlessKey(c, table.defaults[c]!, value))) : row;
    const after = table.withComputed(defaulted);
    return this.put(after) ? { after } : undefined;
  }

  delete(): Change | undefined {
    const before = this.take();
    return before && { before };
  }

  /** Keeps the key. */
  update(): Change | undefined {
    const before = this.take();
    if (!before) return undefined;
    const other = this.random();
    const after = this.table.withComputed(
      before.map((value, c) => this.unlessKey(c, this.dice(2) ? value : other[c]!, value)),
    );
    this.put(after);
    return { before, after };
  }

  /** May change the key. */
  move(): Change | undefined {
    const before = this.take();
    if (!before) return undefined;
    const other = this.random();
    const moved = this.table.withComputed(before.map((value, c) => (this.dice(2) ? value : other[c]!)));
    if (this.put(moved)) return { before, after: moved };
    this.put(before);
    return { before, after: before };
  }

  private random(): Row {
    const { table, dice } = this;
    return table.withComputed(
      table.specs.map((_, c) =>
        dice(6) === 0 ? this.unlessKey(c, null, table.value(c, dice(1000))) : table.value(c, dice(1000)),
      ),
    );
  }

  private unlessKey<T>(column: number, value: T, inKey: T): T {
    return this.table.table.key?.includes(column) ? inKey : value;
  }

  private take(): Row | undefined {
    if (this.rows.length === 0) return undefined;
    const [row] = this.rows.splice(this.dice(this.rows.length), 1) as [Row];
    this.keys.delete(this.table.keyOf(row));
    return row;
  }

  private put(row: Row): boolean {
    const key = this.table.keyOf(row);
    if (this.table.table.key && this.keys.has(key)) return false;
    this.keys.add(key);
    this.rows.push(row);
    return true;
  }
}

function event(table: TestTable, changes: readonly Change[], n: number, { images }: StoryKind, dice: Dice): LoggedRows {
  const all = [...table.specs.keys()];
  if (images === 'full') return logged(table, changes, n);
  const key = table.table.key;
  const isInsert = !changes[0]!.before;
  const differs = (c: number) =>
    changes.some(({ before, after }) => after && (before ?? table.defaults)[c] !== after[c]);
  // Computed columns may be left out although they change.
  const needed = all.filter((c) => table.specs[c]!.copyOf === undefined && differs(c));
  const some = (columns: readonly number[]) =>
    new Set([...columns, dice(table.width), ...all.filter(() => dice(4) === 0)]);
  return logged(
    table,
    changes,
    n,
    key ? some(key) : new Set(all),
    some(isInsert && key ? [...needed, ...key] : needed),
  );
}
