import fc from 'fast-check';
import { decodeLoggedColumn } from '../binlog/logged-column.ts';
import type { RowsEvent } from '../binlog/rows-event.ts';
import type { TableMapEvent } from '../binlog/table-map-event.ts';
import { columnFacts } from '../canonical/column-facts.ts';
import type { ValueForms } from '../canonical/form-bytes-fixture.ts';
import { RowDigest } from '../digest.ts';
import { ByteReader } from '../protocol/byte-reader.ts';
import type { LoggedRows } from './logged-rows.ts';
import type { DigestedRows } from './merge-digest.ts';
import type { MergeTable } from './merge-table.ts';

/** For tests: tables, rows and events made of value forms, written with other means than those that read them. */

// biome-ignore lint/suspicious/noExplicitAny: see valueForms
export type AnyForms = ValueForms<any>;

/** A value in both its forms; null: NULL. */
export type Cell = { readonly logged: Buffer; readonly stored: Buffer } | null;
export type Row = readonly Cell[];

export interface ColumnSpec {
  readonly forms: AnyForms;
  /** Computed: always the value of this column. */
  readonly copyOf?: number;
}

export class TestTable {
  readonly table: MergeTable;
  readonly map: TableMapEvent;
  readonly specs: readonly ColumnSpec[];
  readonly defaults: Row;
  private readonly pools: Cell[][];

  constructor(specs: readonly ColumnSpec[], key: readonly number[] | null, seed = 1, poolSize = 12) {
    this.specs = specs;
    this.pools = specs.map(({ forms }, n) =>
      fc.sample(forms.values, { seed: seed + n, numRuns: poolSize }).map((value) => cell(forms, value)),
    );
    this.defaults = this.withComputed(specs.map((_, n) => this.pools[n]![0]!));
    const columns = specs.map(({ forms, copyOf }, n) => {
      const [type, flags, charset] = forms.wire;
      const { declared } = forms;
      const generated = copyOf !== undefined;
      return columnFacts({ name: `c${n}`, type, flags, charset, decimals: 0, declared, generated });
    });
    this.table = { columns, key, counter: null, defaults: storedRow(this.defaults) };
    this.map = {
      kind: 'tableMap',
      tableId: 1n,
      flags: 1,
      database: 'd',
      table: 't',
      columns: specs.map(({ forms: { mapped } }) => {
        const [type, ...metadata] = mapped;
        return decodeLoggedColumn(type, new ByteReader(Buffer.from(metadata), 'metadata'));
      }),
      nullable: Buffer.alloc((specs.length + 7) >> 3, 0xff),
      optional: Buffer.alloc(0),
    };
  }

  get width(): number {
    return this.specs.length;
  }

  /** One of the values that the column has in this table. */
  value(column: number, choice: number): Cell {
    const pool = this.pools[column]!;
    return pool[choice % pool.length]!;
  }

  withComputed(row: Row): Row {
    return row.map((value, n) => {
      const from = this.specs[n]!.copyOf;
      return from === undefined ? value : row[from]!;
    });
  }

  keyOf(row: Row): string {
    const columns = this.table.key ?? row.map((_, n) => n);
    return columns.map((n) => row[n]?.stored.toString('hex') ?? 'NULL').join();
  }
}

export function cell(forms: AnyForms, value: unknown): Cell {
  return { logged: forms.logged(value), stored: forms.result(value) };
}

/** The canonical row. */
export function storedRow(row: Row): Buffer {
  const bitmap = Buffer.alloc((row.length + 9) >> 3);
  for (const [n, value] of row.entries()) if (value === null) bitmap[(n + 2) >> 3]! |= 1 << ((n + 2) & 7);
  return Buffer.concat([Buffer.from([0]), bitmap, ...row.flatMap((value) => (value ? [value.stored] : []))]);
}

export function framedRows(rows: Iterable<Row>): Buffer {
  return Buffer.concat(
    [...rows].flatMap((row) => {
      const payload = storedRow(row);
      const head = Buffer.alloc(4);
      head.writeUInt32LE(payload.length);
      return [head, payload];
    }),
  );
}

export function digestOf(rows: Iterable<Row>): DigestedRows {
  const digest = new RowDigest();
  digest.add(framedRows(rows));
  return { rows: digest.rows, digest: digest.hex };
}

/** A change of one row: without `before` an insert, without `after` a delete. */
export interface Change {
  readonly before?: Row;
  readonly after?: Row;
}

const bitmapOf = (columns: ReadonlySet<number>, width: number) => {
  const bitmap = Buffer.alloc((width + 7) >> 3);
  for (const n of columns) bitmap[n >> 3]! |= 1 << (n & 7);
  return bitmap;
};

function imageOf(row: Row, columns: ReadonlySet<number>): Buffer {
  const present = row.filter((_, n) => columns.has(n));
  const bitmap = Buffer.alloc((present.length + 7) >> 3);
  for (const [n, value] of present.entries()) if (value === null) bitmap[n >> 3]! |= 1 << (n & 7);
  return Buffer.concat([bitmap, ...present.flatMap((value) => (value ? [value.logged] : []))]);
}

/** All columns, as with full images. */
export const everyColumn = (width: number) => new Set(Array.from({ length: width }, (_, n) => n));

/** Changes of one kind in one event; `before` and `after` are the columns in their images. */
export function logged(
  table: TestTable,
  changes: readonly Change[],
  position: number,
  before: ReadonlySet<number> = everyColumn(table.width),
  after: ReadonlySet<number> = everyColumn(table.width),
): LoggedRows {
  const [first] = changes;
  const change = !first?.before ? 'insert' : first.after ? 'update' : 'delete';
  const event: RowsEvent = {
    kind: 'rows',
    change,
    tableId: 1n,
    flags: 0,
    columnCount: table.width,
    before: change === 'insert' ? null : bitmapOf(before, table.width),
    after: change === 'delete' ? null : bitmapOf(after, table.width),
    images: Buffer.concat(
      changes.flatMap((one) => [
        ...(one.before ? [imageOf(one.before, before)] : []),
        ...(one.after ? [imageOf(one.after, after)] : []),
      ]),
    ),
  };
  return { map: { ...table.map, columns: [...table.map.columns] }, event, position: { file: 1, offset: position } };
}
