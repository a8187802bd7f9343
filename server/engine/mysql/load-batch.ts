import { TidemarkError } from '#server/base/error.ts';
import type { MysqlConnection } from './connection.ts';
import type { RowSender } from './load-chunk.ts';
import type { LoadPlan } from './load-plan.ts';
import { type BatchMessage, encodeBulkBatch } from './protocol/bulk-batch.ts';
import { encodeInsertBatch, maxStatementParams } from './protocol/insert-batch.ts';
import type { MysqlStatement } from './statement.ts';

/** Larger batches load no faster and take memory times the number in flight; smaller ones cost the server more calls. */
const batchBytes = 256 * 1024;
/** Enough that the server always finds the next batch when it has done one. */
const maxInFlight = 8;
/** Room for headers beside the row that fills a packet. */
const packetSlackBytes = 1024;

/** Sends rows in batches over one connection, several in flight. */
export async function openBatchSender(
  path: 'bulk' | 'insert',
  connection: MysqlConnection,
  plan: LoadPlan,
  onTaken: (rows: number, bytes: number) => void,
): Promise<RowSender> {
  const [row] = await connection.query('SELECT @@max_allowed_packet AS bytes');
  const encoder = path === 'bulk' ? await bulkEncoder(connection, plan) : insertEncoder(connection, plan);
  return new BatchSender(connection, encoder, Number(row?.bytes) - packetSlackBytes, onTaken);
}

interface Encoder {
  /** The next batch of `run` from `from` on, written into `room` where it fits, and the statement it belongs to. */
  next(
    run: Buffer,
    from: number,
    room: Buffer,
  ): Promise<{ batch: Omit<BatchMessage, 'message'>; execute: () => Promise<unknown> }>;
  /** A server allows only so many prepared statements in all. */
  close(): void;
}

async function bulkEncoder(connection: MysqlConnection, plan: LoadPlan): Promise<Encoder> {
  const statement = await connection.prepare(plan.insertSql(1));
  return {
    next: async (run, from, room) => {
      const batch = encodeBulkBatch(plan.rows, statement.id, run, from, room);
      return { batch, execute: () => statement.bulkExecute(batch.message) };
    },
    close: () => statement.close(),
  };
}

/** Without bulk execute: statements of a few sizes, each prepared when first needed. */
function insertEncoder(connection: MysqlConnection, plan: LoadPlan): Encoder {
  const prepared = new Map<number, MysqlStatement>();
  return {
    next: async (run, from) => {
      const rowCount = groupSize(plan, run, from);
      const statement = prepared.get(rowCount) ?? (await connection.prepare(plan.insertSql(rowCount)));
      prepared.set(rowCount, statement);
      const batch = encodeInsertBatch(plan.rows, statement.id, run, from, rowCount);
      return { batch, execute: () => statement.executeMessage(batch.message) };
    },
    close: () => {
      for (const statement of prepared.values()) statement.close();
    },
  };
}

/** The largest power of two of rows that are there, fit a batch and have parameters enough; at least one. */
function groupSize(plan: LoadPlan, run: Buffer, from: number): number {
  const most = Math.max(1, Math.floor(maxStatementParams / Math.max(1, plan.columnCount)));
  let count = 0;
  for (let at = from; at < run.length && count < most; count++) {
    at = plan.rows.frameEnd(run, at);
    if (count > 0 && at - from > batchBytes) break;
  }
  return 2 ** Math.floor(Math.log2(Math.max(1, count)));
}

class BatchSender implements RowSender {
  readonly #connection: MysqlConnection;
  readonly #encoder: Encoder;
  readonly #maxPacketBytes: number;
  readonly #onTaken: (rows: number, bytes: number) => void;
  readonly #inFlight: Promise<void>[] = [];
  /** Buffers of batches that the server has answered, and so has read: used again, or each would be a new one. */
  readonly #rooms: Buffer[] = [];

  constructor(
    connection: MysqlConnection,
    encoder: Encoder,
    maxPacketBytes: number,
    onTaken: (rows: number, bytes: number) => void,
  ) {
    this.#connection = connection;
    this.#encoder = encoder;
    this.#maxPacketBytes = maxPacketBytes;
    this.#onTaken = onTaken;
  }

  async send(run: Buffer): Promise<number> {
    let rows = 0;
    for (let from = 0; from < run.length; ) {
      const room = this.#rooms.pop() ?? Buffer.allocUnsafeSlow(batchBytes);
      const { batch, execute } = await this.#encoder.next(run, from, room);
      if (batch.messageBytes > this.#maxPacketBytes) throw this.#tooLarge(batch.messageBytes);
      const bytes = batch.next - from;
      const sent = execute().then(() => {
        this.#rooms.push(room);
        this.#onTaken(batch.rows, bytes);
      });
      sent.catch(() => {}); // thrown when its turn comes
      this.#inFlight.push(sent);
      // A row that needs a buffer of its own is in the air alone: several of 100 MB would be several times as much.
      const most = batch.messageBytes > batchBytes ? 0 : maxInFlight;
      while (this.#inFlight.length > most) await this.#inFlight.shift();
      rows += batch.rows;
      from = batch.next;
    }
    return rows;
  }

  async flush(): Promise<void> {}

  async settle(): Promise<void> {
    await Promise.all(this.#inFlight.splice(0));
  }

  async close(): Promise<void> {
    this.#encoder.close();
  }

  #tooLarge(bytes: number): TidemarkError {
    const { node } = this.#connection;
    const bound = this.#maxPacketBytes + packetSlackBytes;
    return new TidemarkError('node/query-failed', `a row of ${bytes} bytes does not fit a packet of node ${node}`, {
      hint: `Raise max_allowed_packet on the server (now ${bound}) above ${bytes + packetSlackBytes}, then try again.`,
      context: { node, rowBytes: bytes, maxAllowedPacket: bound },
    });
  }
}
