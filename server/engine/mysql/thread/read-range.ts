import { ChunkPacker, type Frame } from '#server/pipeline/chunk-packer.ts';
import type { MysqlConnection } from '../connection.ts';
import { RowDigest } from '../digest.ts';
import type { RowBatch } from '../row-stream.ts';
import type { MysqlStatement } from '../statement.ts';
import type { ReadEnd, ReadFrame } from './read-letters.ts';

/** Frames that are on their way to be stored: fewer leave us waiting, more only take memory. */
const mostUntaken = 3;

/**
 * One range of rows on its way: read, digested and packed here, frames sent off by `send`. Whoever stores them says
 * `taken` of each; while too many are not, no more rows are read from the socket.
 */
export class RangeReading {
  private readonly send: (frame: ReadFrame) => void;
  private readonly digest = new RowDigest();
  private readonly packer = new ChunkPacker();
  private last: ReadFrame | null = null;
  private untaken = 0;
  private wanted = true;
  private goOn: () => void = () => {};

  constructor(send: (frame: ReadFrame) => void) {
    this.send = send;
  }

  /** The whole reply is read, even when nobody wants its rows any more. Errors: those of streamBinary. */
  async read(connection: MysqlConnection, what: MysqlStatement | string): Promise<ReadEnd> {
    await connection.streamBinary(what, (batch) => this.take(batch));
    return { last: this.last, ...this.digest.value, packed: this.packer.result() };
  }

  taken(wanted: boolean): void {
    this.untaken--;
    this.wanted &&= wanted;
    this.goOn();
  }

  private take(batch: RowBatch): Promise<void> | undefined {
    if (!this.wanted) return;
    this.digest.add(batch.buffer);
    return this.pack(this.packer.pack(batch.buffer), batch.rows);
  }

  /** A row of 100 MB is a hundred frames: they too are packed only as fast as they are stored. */
  private pack(frames: Generator<Frame>, rows: number): Promise<void> | undefined {
    let left = rows;
    for (let next = frames.next(); !next.done; next = frames.next()) {
      this.sendLast();
      this.last = { bytes: ownMemory(next.value.bytes), rows: left, rawBytes: next.value.rawBytes };
      left = 0;
      if (this.untaken >= mostUntaken) return this.held().then(() => (this.wanted ? this.pack(frames, 0) : undefined));
    }
    return undefined;
  }

  private sendLast(): void {
    if (!this.last) return;
    this.untaken++;
    this.send(this.last);
  }

  private async held(): Promise<void> {
    while (this.wanted && this.untaken >= mostUntaken) {
      await new Promise<void>((resolve) => {
        this.goOn = resolve;
      });
    }
  }
}

/** Small buffers share one memory, which cannot be given to another thread. */
function ownMemory(bytes: Buffer): Uint8Array<ArrayBuffer> {
  return bytes.buffer.byteLength <= Buffer.poolSize ? new Uint8Array(bytes) : (bytes as Uint8Array<ArrayBuffer>);
}
