import { TidemarkError } from '#server/base/error.ts';
import type { Channel, Exchange } from './channel.ts';
import { refusalFailure } from './failure.ts';
import type { Column } from './protocol/column.ts';
import { protocolError } from './protocol/protocol-error.ts';
import type { ReceiveBuffer } from './protocol/receive-buffer.ts';
import { decodeEof } from './protocol/reply.ts';
import { Refusal, type ReplyReader, readResultHead, refuse } from './protocol/result.ts';
import { RowScanner } from './protocol/row-scanner.ts';

/** Larger batches make fewer calls, smaller ones sooner progress and less memory; past 1 MiB nothing gets faster. */
export const defaultBatchBytes = 1024 * 1024;

/**
 * Rows in frames: u32 little-endian payload length, then the binary row payload verbatim (its header byte 0x00
 * included), one after another. `buffer` is used again once `onBatch` has returned or its promise has settled.
 */
export interface RowBatch {
  readonly columns: readonly Column[];
  readonly buffer: Buffer;
  readonly rows: number;
  /** Where each row's frame begins in `buffer`. */
  readonly offsets: Uint32Array;
}

/** A promise holds the stream back: while it is pending at most one more batch is read, then the socket is paused. */
export type OnBatch = (batch: RowBatch) => void | Promise<void>;

export interface RowsWanted {
  readonly sql: string;
  readonly extended: boolean;
  readonly onBatch: OnBatch;
  readonly batchBytes: number;
  readonly buffers: BatchBuffers;
}

export interface StreamedRows {
  readonly columns: readonly Column[];
  readonly rows: bigint;
}

/** More than a server ever sends at once (1 GiB); only what is used of it is memory. */
const largestRowBytes = 2 ** 31;

/** Buffers between two streams of one connection, so that a table read in many chunks allocates them once. */
export class BatchBuffers {
  private readonly idle: Buffer[] = [];
  /** For a row that no buffer holds: grows in place, so that nothing is copied and only what is used is there. */
  private space: ArrayBuffer | undefined;
  private isSpaceUsed = false;

  take(bytes: number): Buffer {
    const found = this.idle.findIndex((buffer) => buffer.length === bytes);
    return found < 0 ? Buffer.allocUnsafeSlow(bytes) : this.idle.splice(found, 1)[0]!;
  }

  /** More than `now` holds; with the same bytes at the same place when that is the space already. */
  takeLarger(bytes: number, now: Buffer): Buffer {
    const isGrowing = now.buffer === this.space;
    if ((this.isSpaceUsed && !isGrowing) || bytes > largestRowBytes) return Buffer.allocUnsafeSlow(bytes);
    this.isSpaceUsed = true;
    this.space ??= new ArrayBuffer(0, { maxByteLength: largestRowBytes });
    this.space.resize(bytes);
    return Buffer.from(this.space, 0, bytes);
  }

  /** Gives the memory of large rows back. */
  endSpace(): void {
    if (!this.isSpaceUsed) this.space?.resize(0);
    this.space = undefined;
    this.isSpaceUsed = false;
  }

  /** Only buffers of the size now in use are kept, two of them: one is read into while the other is worked on. */
  give(buffer: Buffer, wantedBytes: number): void {
    if (buffer.length === wantedBytes && this.idle.length < 2) this.idle.push(buffer);
    if (buffer.buffer === this.space) this.isSpaceUsed = false;
  }
}

/**
 * The reply of an execute, handed over batch by batch in order. Memory is two buffers of twice the batch size; while one
 * row is larger, that row and one buffer. When `onBatch` fails the connection is dropped: nothing else ends a result half read.
 */
export class RowStream implements Exchange {
  private readonly channel: Channel;
  private readonly head: ReplyReader<Column[]>;
  private readonly onBatch: OnBatch;
  private readonly buffers: BatchBuffers;
  private readonly batchBytes: number;
  private readonly capacityBytes: number;
  private readonly sql: string;
  private readonly resolve: (rows: StreamedRows) => void;
  private readonly reject: (error: unknown) => void;
  private columns: Column[] | undefined;
  private scanner: RowScanner | undefined;
  private rows = 0n;
  private working: Promise<void> | undefined;
  private complete = false;

  constructor(
    channel: Channel,
    stream: RowsWanted,
    resolve: (rows: StreamedRows) => void,
    reject: (error: unknown) => void,
  ) {
    this.channel = channel;
    this.head = readResultHead(stream.extended);
    this.head.next(undefined as never);
    this.onBatch = stream.onBatch;
    this.buffers = stream.buffers;
    this.batchBytes = stream.batchBytes;
    this.capacityBytes = stream.batchBytes * 2;
    this.sql = stream.sql;
    this.resolve = resolve;
    this.reject = reject;
  }

  advance(receive: ReceiveBuffer): boolean {
    try {
      if (!this.scanner && !this.readHead(receive)) return false;
      return this.readRows(receive, this.scanner!);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      this.over(receive, () =>
        this.reject(refusalFailure(thrown, this.channel.access.node, this.channel.phase, this.sql)),
      );
      return true;
    }
  }

  fail(error: TidemarkError): void {
    this.settle(() => this.reject(error));
  }

  private readHead(receive: ReceiveBuffer): boolean {
    for (let message = receive.next(); message; message = receive.next()) {
      const step = this.head.next(message);
      if (!step.done) continue;
      this.columns = step.value;
      this.scanner = new RowScanner(receive);
      receive.keepCapacityBytes = Number.POSITIVE_INFINITY;
      receive.larger = (bytes, now) => this.buffers.takeLarger(bytes, now);
      receive.replace(this.freshBuffer(receive));
      return true;
    }
    return false;
  }

  private readRows(receive: ReceiveBuffer, scanner: RowScanner): boolean {
    const ended = scanner.scan();
    if (ended ? scanner.rows > 0 : scanner.scannedBytes >= this.batchBytes) {
      if (this.working) {
        this.channel.hold();
        return false;
      }
      this.handOver(receive, scanner);
    }
    if (!ended) return false;
    if (decodeEof(refuse(receive.next()!)).moreResults) throw protocolError('more results follow the streamed rows');
    this.over(receive, () => this.resolve({ columns: this.columns!, rows: this.rows }));
    return true;
  }

  private handOver(receive: ReceiveBuffer, scanner: RowScanner): void {
    const used = receive.bytes;
    const batch: RowBatch = {
      columns: this.columns!,
      buffer: used.subarray(receive.start, receive.start + scanner.scannedBytes),
      rows: scanner.rows,
      offsets: scanner.offsets.subarray(0, scanner.rows),
    };
    this.rows += BigInt(batch.rows);
    scanner.taken();
    receive.replace(this.freshBuffer(receive));
    const pending = this.handled(batch);
    if (!pending) {
      this.buffers.give(used, this.capacityBytes);
      return;
    }
    this.working = pending.then(
      () => {
        this.working = undefined;
        this.buffers.give(used, this.capacityBytes);
        this.channel.release();
      },
      (error) => this.callerFailed(error),
    );
    // Beside a row that fills a buffer of its own no other such row is read: two of 100 MB would take twice as much.
    if (used.length > this.capacityBytes) this.channel.hold();
  }

  private handled(batch: RowBatch): Promise<void> | undefined {
    try {
      return this.onBatch(batch) ?? undefined;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The caller's own error is what it gets; the connection goes, with the rows nobody wants. */
  private callerFailed(error: unknown): void {
    this.working = undefined;
    this.reject(error);
    if (this.complete) return;
    const { node } = this.channel.access;
    const reason = `rows of node ${node} were left half read`;
    this.channel.destroy(new TidemarkError('node/connection-lost', reason, { context: { node }, cause: error }));
  }

  /** The reply is complete: whatever was read after it is left to the next one. */
  private over(receive: ReceiveBuffer, report: () => void): void {
    this.complete = true;
    if (this.scanner) this.buffers.give(receive.release(), this.capacityBytes);
    this.settle(() => {
      this.buffers.endSpace();
      report();
    });
  }

  /** Never while `onBatch` is still at work: what comes after must not run beside it. */
  private settle(report: () => void): void {
    if (this.working) void this.working.then(report);
    else report();
  }

  /** An idle buffer with room for what is left unread (the beginning of a row) and for reading on. */
  private freshBuffer(receive: ReceiveBuffer): Buffer {
    const needed = receive.length + this.batchBytes;
    return needed <= this.capacityBytes ? this.buffers.take(this.capacityBytes) : Buffer.allocUnsafeSlow(needed);
  }
}
