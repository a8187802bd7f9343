import { type CanonicalFields, fieldMark } from '../canonical/canonical-row.ts';
import { BinaryRowWalker } from '../protocol/binary-row-walker.ts';
import { rowFrameHeaderBytes } from '../protocol/row-scanner.ts';
import { type Equality, type ForeignAction, looseText, unsupported } from './foreign-actions.ts';
import { LoggedImages } from './logged-images.ts';
import type { LoggedRows } from './logged-rows.ts';
import type { MergeTable } from './merge-table.ts';

/** Canonical form as latin1 text; null: NULL; undefined: the log does not say. */
export type Value = string | null | undefined;
/** Per column of the table; only those that matter are filled. */
export type Values = readonly Value[];

/** A change of one row of a table, as the log tells it; what it leaves out is undefined. */
export interface ValueChange {
  readonly before: Values | null;
  readonly after: Values | null;
}

/** Reads those columns of one table's rows that foreign keys and keys are made of. */
export class ReferringRows {
  readonly table: MergeTable;
  /** Ascending. */
  private readonly wanted: Int32Array;
  private readonly images: LoggedImages;
  private readonly walker: BinaryRowWalker;
  private readonly defaults: Values | null;

  /** Errors: `table/unsupported` for a table without a key. */
  constructor(name: string, table: MergeTable, actions: readonly ForeignAction[]) {
    if (!table.key) throw unsupported(`rows of ${name} have no key`, { table: name });
    this.table = table;
    const columns = new Set(table.key);
    for (const action of actions) {
      if (action.child === name) for (const column of action.columns) columns.add(column);
      if (action.parent === name) for (const column of action.refColumns) columns.add(column);
    }
    this.wanted = Int32Array.from([...columns].sort((a, b) => a - b));
    this.images = new LoggedImages(table.columns);
    this.walker = new BinaryRowWalker(table.columns.map(({ wireType }) => wireType));
    this.defaults = table.defaults && this.storedAt(table.defaults, 0, table.defaults.length);
  }

  /** Of a run of framed rows. */
  *stored(run: Buffer): Generator<Values> {
    for (let at = 0; at < run.length; ) {
      const start = at + rowFrameHeaderBytes;
      at = start + run.readUInt32LE(at);
      yield this.storedAt(run, start, at);
    }
  }

  /** After an update what its image leaves out is as before it; in an inserted row it is the default. */
  *logged({ map, event }: LoggedRows): Generator<ValueChange> {
    const { before: beforeRow, after: afterRow } = this.images.decoderOf(map);
    for (let at = 0; at < event.images.length; ) {
      let before: Values | null = null;
      let after: Values | null = null;
      if (event.before) {
        at = beforeRow.readOnly(this.wanted, event.images, at, event.before);
        before = this.valuesOf(beforeRow, beforeRow.bytes);
      }
      if (event.after) {
        at = afterRow.readOnly(this.wanted, event.images, at, event.after);
        const base = before ?? this.defaults;
        const values = this.valuesOf(afterRow, afterRow.bytes);
        for (const column of this.wanted) if (values[column] === undefined) values[column] = base?.[column];
        after = values;
      }
      yield { before, after };
    }
  }

  /** The canonical key of a row, as RowKeyReader gives it. Errors: a part of it is not known. */
  keyOf(values: Values): string {
    return joined(values, this.table.key!);
  }

  private storedAt(bytes: Buffer, start: number, stop: number): Values {
    this.walker.walk(bytes, start, stop);
    return this.valuesOf(this.walker, bytes);
  }

  private valuesOf(fields: CanonicalFields, bytes: Buffer): Value[] {
    const values: Value[] = [];
    for (const column of this.wanted) {
      const start = fields.fieldStart[column]!;
      if (start === fieldMark.absent) continue;
      values[column] = start === fieldMark.null ? null : bytes.toString('latin1', start, fields.valueEnd[column]!);
    }
    return values;
  }
}

function joined(values: Values, columns: readonly number[]): string {
  return columns.map((column) => known(values, column)).join('');
}

function known(values: Values, column: number): string | null {
  const value = values[column];
  if (value === undefined) {
    throw unsupported(`the log does not say what column ${column + 1} of a changed row was`, { column: column + 1 });
  }
  return value;
}

/** What a row refers to, or is referred to by; null when a part of it is NULL, so that nothing does. */
export function reference(values: Values, columns: readonly number[]): string | null {
  if (columns.some((column) => known(values, column) === null)) return null;
  return joined(values, columns);
}

/**
 * Whether any of the columns differs after an update: what is known on neither side was left out and stayed. Errors: one
 * is not known on one side.
 */
export function differ(one: Values, other: Values, columns: readonly number[]): boolean {
  return columns.some((column) => {
    if (one[column] === undefined && other[column] === undefined) return false;
    return known(one, column) !== known(other, column);
  });
}

/** Whether all of the columns are known, or none; else the log does not say enough. */
export function isKnown(values: Values, columns: readonly number[]): boolean {
  const missing = columns.filter((column) => values[column] === undefined);
  if (missing.length > 0 && missing.length < columns.length) known(values, missing[0]!);
  return missing.length === 0;
}

/** `values`, and where they do not say, `base`. */
export function over(values: Values, base: Values | undefined): Values {
  if (!base) return values;
  const whole = [...base];
  for (const [column, value] of values.entries()) if (value !== undefined) whole[column] = value;
  return whole;
}

/** A reference without what the server may not see of it. */
export function looseReference(values: Values, columns: readonly number[], equality: readonly Equality[]): string {
  return columns
    .map((column, n) => {
      const value = known(values, column) ?? '';
      if (value === '' || equality[n] === 'bytes') return value;
      const text = Buffer.from(withoutLength(value), 'latin1').toString('utf8');
      return JSON.stringify(looseText(text, equality[n]!));
    })
    .join();
}

/** A text's form begins with its length; a text of a key is shorter than 64 KiB. */
function withoutLength(form: string): string {
  return form.slice(form.charCodeAt(0) < 0xfb ? 1 : 3);
}
