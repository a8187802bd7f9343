import type { CanonicalFields } from '../canonical/canonical-row.ts';
import { RowBuffer } from '../canonical/row-buffer.ts';
import { ByteArena } from './byte-arena.ts';
import { type ChangeLookup, type Changes, type FrozenChanges, fate } from './changes.ts';
import { grown, KeyTable } from './key-table.ts';
import { logMismatch } from './log-mismatch.ts';
import type { LoggedImages } from './logged-images.ts';
import type { RowKeyReader } from './row-key-reader.ts';

/** What a number stands for. */
const origin = {
  /** A row that is in the input under this key. */
  input: 1,
  /** A key that the input must not hold. */
  fresh: 2,
  /** A new row without a number of its own: an input row that began under its key lives on elsewhere. */
  loose: 3,
} as const;

/** What has become of the row. */
const state = {
  gone: 0,
  /** Its image is a whole canonical row. */
  row: 1,
  /** Its image is what the log holds, still to be decoded by the decoder whose number stands in the upper bits. */
  logged: 2,
  /** Its image is a part (RowOverlay) to be laid over the input row. */
  part: 3,
} as const;

const stateMask = 3;
const decoderShift = 2;
/** Decoders that fit above the state. */
export const maxLoggedDecoders = 64;

const nowhere = -1;
/** Origin, state, holder, image, position. */
const numberBytes = 1 + 1 + 4 + 4 + 8;

/**
 * The changes of a span of the log to a table whose rows have a key, folded to what they come to for each row of the
 * input (the rows before the span). A row keeps the number of the key it had in the input however its key changes, so
 * that what images leave out can still be taken from there. Every operation throws `restore/log-mismatch` when the log
 * changes a row that its own earlier changes removed, or inserts one that is there.
 */
export class KeyedChanges implements Changes {
  readonly table: KeyTable;
  readonly images: ByteArena;
  private readonly logged: LoggedImages;
  private origins: Uint8Array = new Uint8Array(64);
  private states: Uint8Array = new Uint8Array(64);
  /** Per key, the number of the row that has it now; or nowhere. */
  private holders = new Int32Array(64);
  private places: Uint32Array = new Uint32Array(64);
  /** Where the log first speaks of the key. */
  private positions: Float64Array = new Float64Array(64);
  private readonly spare: number[] = [];
  private readonly scratch = new RowBuffer();

  constructor(logged: LoggedImages, table = new KeyTable(), images = new ByteArena()) {
    this.logged = logged;
    this.table = table;
    this.images = images;
  }

  get usedBytes(): number {
    return this.table.usedBytes + this.images.usedBytes + this.table.size * numberBytes;
  }

  /** A new row, whole, under the key that was read last. `decoder`: its image is a logged one; -1: canonical. */
  insert(key: RowKeyReader, position: number, decoder: number, bytes: Buffer, start: number, stop: number): void {
    let number = this.find(key);
    if (number < 0) number = this.add(key, origin.fresh, position);
    this.vacant(number, key, position);
    const row = this.states[number] === state.gone ? number : this.addLoose(position);
    this.holders[number] = row;
    this.setImage(row, stateOf(decoder), bytes, start, stop);
  }

  delete(key: RowKeyReader, position: number): void {
    const number = this.find(key);
    if (number < 0) {
      this.add(key, origin.input, position);
      return;
    }
    const row = this.holderOf(number, key, position);
    this.states[row] = state.gone;
    this.holders[number] = nowhere;
    if (this.origins[row] === origin.loose) this.spare.push(row);
  }

  /** The row under the key that was read last, which keeps it. Gives its number for `overwrite` and `overlay`. */
  change(key: RowKeyReader, position: number): number {
    const number = this.find(key);
    if (number >= 0) return this.holderOf(number, key, position);
    const added = this.add(key, origin.input, position);
    this.holders[added] = added;
    this.states[added] = state.part;
    return added;
  }

  /** Takes the row off its key, whose number `change` was asked for just before; `arrive` puts it under another. */
  leave(key: RowKeyReader): void {
    this.holders[this.find(key)] = nowhere;
  }

  arrive(row: number, key: RowKeyReader, position: number): void {
    let number = this.find(key);
    if (number < 0) number = this.add(key, origin.fresh, position);
    this.vacant(number, key, position);
    this.holders[number] = row;
  }

  /** All of the row is known again. */
  overwrite(row: number, decoder: number, bytes: Buffer, start: number, stop: number): void {
    this.setImage(row, stateOf(decoder), bytes, start, stop);
  }

  /** Some columns of the row have new values. */
  overlay(row: number, fields: CanonicalFields, bytes: Buffer): void {
    const { scratch } = this;
    const { overlay } = this.logged;
    scratch.at = 0;
    const base = this.fieldsOf(row);
    const whole = overlay.write(scratch, fields, bytes, base?.fields, base?.bytes);
    if (whole < 0) this.setImage(row, state.part, scratch.bytes, 0, scratch.at);
    else this.setImage(row, state.row, scratch.bytes, whole, scratch.at);
  }

  clear(): void {
    this.table.clear();
    this.images.clear();
    this.spare.length = 0;
  }

  freeze(): FrozenChanges {
    const { size } = this.table;
    const columns = [this.origins, this.states, this.places, this.positions].map((column) => column.subarray(0, size));
    return { columns: [...this.table.columns(), ...columns], keys: this.table.keys, images: this.images };
  }

  /** For lookups only. */
  static of(logged: LoggedImages, { columns, keys, images }: FrozenChanges): KeyedChanges {
    const [places, hashes, origins, states, imagePlaces, positions] = columns;
    const table = KeyTable.of(keys, places as Uint32Array, hashes as Uint32Array);
    const changes = new KeyedChanges(logged, table, images);
    changes.origins = origins as Uint8Array;
    changes.states = states as Uint8Array;
    changes.places = imagePlaces as Uint32Array;
    changes.positions = positions as Float64Array;
    return changes;
  }

  lookup(): ChangeLookup {
    const met = new Uint8Array(this.table.size);
    let last = -1;
    return {
      meet: (key) => {
        const number = this.find(key);
        if (number < 0) return fate.keep;
        if (this.origins[number] !== origin.input) throw this.mismatch('the log inserts a row that is there', number);
        if (met[number]) throw this.mismatch('a row that the log changes is there twice', number);
        met[number] = 1;
        last = number;
        return this.states[number] === state.gone ? fate.drop : fate.replace;
      },
      writeReplacement: (bytes, start, stop, out) => this.writeRow(last, out, bytes, start, stop),
      newRows: (from, out) => {
        for (let number = from; number < this.table.size; number++) {
          if (this.origins[number] === origin.input || this.states[number] === state.gone) continue;
          this.writeRow(number, out);
          return number + 1;
        }
        return -1;
      },
      finish: () => {
        for (let number = 0; number < this.table.size; number++) {
          if (this.origins[number] !== origin.input || met[number]) continue;
          throw this.mismatch('the log changes a row that is not there', number);
        }
      },
    };
  }

  /** Appends the row. `bytes[start, stop)`: the input row, for what the log does not know. */
  private writeRow(number: number, out: RowBuffer, bytes?: Buffer, start = 0, stop = 0): void {
    const { overlay } = this.logged;
    const image = this.imageOf(number);
    switch (this.states[number]! & stateMask) {
      case state.row:
        out.copy(image.bytes, image.start, image.stop);
        break;
      case state.logged: {
        const payload = this.logged.decode(this.states[number]! >> decoderShift, image.bytes, image.start);
        out.copy(payload, 0, payload.length);
        break;
      }
      default: {
        if (!bytes) throw this.mismatch('the log inserts only a part of a row', number);
        const part = this.logged.partFields(image.bytes, image.start, image.stop);
        const head = out.at;
        const whole = overlay.write(out, part, image.bytes, overlay.fieldsOfRow(bytes, start, stop), bytes);
        out.bytes.copyWithin(head, whole, out.at);
        out.at -= whole - head;
      }
    }
  }

  /** What is known of a row so far. */
  private fieldsOf(row: number): { fields: CanonicalFields; bytes: Buffer } | undefined {
    if (this.places[row] === 0) return undefined;
    const { bytes, start, stop } = this.imageOf(row);
    const { overlay } = this.logged;
    switch (this.states[row]! & stateMask) {
      case state.row:
        return { fields: overlay.fieldsOfRow(bytes, start, stop), bytes };
      case state.logged: {
        const payload = this.logged.decode(this.states[row]! >> decoderShift, bytes, start);
        return { fields: overlay.fieldsOfRow(payload, 0, payload.length), bytes: payload };
      }
      default:
        return { fields: overlay.fieldsOfPart(bytes, start, stop), bytes };
    }
  }

  private imageOf(number: number): { bytes: Buffer; start: number; stop: number } {
    const place = this.places[number]!;
    const start = this.images.startOf(place);
    return { bytes: this.images.bufferOf(place), start, stop: start + this.images.lengthOf(place) };
  }

  private setImage(row: number, rowState: number, bytes: Buffer, start: number, stop: number): void {
    const place = this.places[row]!;
    this.states[row] = rowState;
    this.places[row] =
      place === 0 ? this.images.add(bytes, start, stop) : this.images.replace(place, bytes, start, stop);
  }

  private find(key: RowKeyReader): number {
    return this.table.find(key.hash, key.bytes, key.start, key.stop);
  }

  private add(key: RowKeyReader, rowOrigin: number, position: number): number {
    return this.begin(this.table.add(key.hash, key.bytes, key.start, key.stop), rowOrigin, position);
  }

  private addLoose(position: number): number {
    return this.spare.pop() ?? this.begin(this.table.addWithoutKey(), origin.loose, position);
  }

  private begin(number: number, rowOrigin: number, position: number): number {
    if (number >= this.origins.length) {
      this.origins = grown(this.origins);
      this.states = grown(this.states);
      this.holders = grown(this.holders);
      this.places = grown(this.places);
      this.positions = grown(this.positions);
    }
    this.origins[number] = rowOrigin;
    this.states[number] = state.gone;
    this.holders[number] = nowhere;
    this.places[number] = 0;
    this.positions[number] = position;
    return number;
  }

  private holderOf(number: number, key: RowKeyReader, position: number): number {
    const row = this.holders[number]!;
    if (row === nowhere) throw mismatchAt('the log changes a row that it removed before', key, position);
    return row;
  }

  private vacant(number: number, key: RowKeyReader, position: number): void {
    if (this.holders[number] !== nowhere) throw mismatchAt('the log inserts a row that is there', key, position);
  }

  private mismatch(what: string, number: number): Error {
    return logMismatch(what, this.table.keyOf(number), this.positions[number]!);
  }
}

function mismatchAt(what: string, key: RowKeyReader, position: number): Error {
  return logMismatch(what, key.bytes.subarray(key.start, key.stop), position);
}

function stateOf(decoder: number): number {
  return decoder < 0 ? state.row : state.logged | (decoder << decoderShift);
}
