import { rowRuns } from '../row-runs.ts';
import { ScratchFile } from './scratch-file.ts';

const bufferBytes = 64 * 1024;
const readBytes = 1024 * 1024;

/** Framed rows put by on a scratch file, to be read again in the order they came. Memory is one small buffer. */
export class RowSpool {
  private readonly folder: string;
  private file: ScratchFile | undefined;
  private buffer = Buffer.alloc(0);
  private filled = 0;
  private readonly full: Buffer[] = [];
  private writing: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Copies the framed row `bytes[start, stop)`. After a run of rows, `flush`. */
  add(bytes: Buffer, start: number, stop: number): void {
    const length = stop - start;
    if (this.filled + length > this.buffer.length) {
      if (this.filled > 0) this.full.push(this.buffer.subarray(0, this.filled));
      this.buffer = Buffer.allocUnsafeSlow(Math.max(bufferBytes, length));
      this.filled = 0;
    }
    bytes.copy(this.buffer, this.filled, start, stop);
    this.filled += length;
  }

  /** Writes full buffers. Several may wait for it at once. Errors: `scratch/unusable`. */
  flush(): Promise<void> {
    if (this.full.length > 0) {
      const previous = this.writing;
      this.writing = previous.then(async () => {
        this.file ??= await ScratchFile.create(this.folder);
        for (let full = this.full.shift(); full; full = this.full.shift()) await this.file.append(full);
      });
      this.writing.catch(() => {}); // thrown to whoever waits
    }
    return this.writing;
  }

  /** The rows in runs; nothing may be added any more. A run is valid until the next. */
  async *runs(): AsyncGenerator<Buffer> {
    await this.flush();
    if (this.file) yield* rowRuns(pieces(this.file));
    if (this.filled > 0) yield this.buffer.subarray(0, this.filled);
  }

  async close(): Promise<void> {
    await this.writing.catch(() => {});
    await this.file?.close();
    this.file = undefined;
  }
}

async function* pieces(file: ScratchFile): AsyncGenerator<Buffer> {
  const piece = Buffer.allocUnsafeSlow(Math.min(readBytes, file.size));
  for (let at = 0; at < file.size; at += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, file.size - at));
    await file.read(at, part);
    yield part;
  }
}
