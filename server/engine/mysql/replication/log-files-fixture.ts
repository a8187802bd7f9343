import { binlogMagic } from '../binlog/file-events.ts';
import type { LogSink } from './log-reader.ts';

/** For tests: the files of a log as they came, by name. */
export class LogFiles implements LogSink {
  readonly files = new Map<string, Buffer[]>();
  readonly formats: Buffer[] = [];
  /** Places at which the stream did not go on where it had been. */
  readonly jumps: { file: string; position: number }[] = [];
  idles = 0;
  full = false;
  largestPieceBytes = 0;
  #name = '';
  #position = 0;

  file(name: string): void {
    this.#name = name;
    if (!this.files.has(name)) this.files.set(name, []);
    this.#position = -1;
  }

  format(event: Buffer): void {
    this.formats.push(Buffer.from(event));
  }

  event(bytes: Buffer, length: number, position: number): void {
    if (position === binlogMagic.length) this.#keep(binlogMagic);
    else if (position !== this.#position) this.jumps.push({ file: this.#name, position });
    this.#position = position + length;
    this.#keep(bytes);
  }

  more(bytes: Buffer): void {
    this.#keep(bytes);
  }

  idle(): void {
    this.idles++;
  }

  content(name: string): Buffer {
    return Buffer.concat(this.files.get(name) ?? []);
  }

  #keep(bytes: Buffer): void {
    this.largestPieceBytes = Math.max(this.largestPieceBytes, bytes.length);
    this.files.get(this.#name)!.push(Buffer.from(bytes));
  }
}
