import { TidemarkError } from '#server/base/error.ts';
import type { MysqlConnection } from './connection.ts';
import type { LoadPlan } from './load-plan.ts';
import { type BatchMessage, encodeBulkBatch } from './protocol/bulk-batch.ts';
import { encodeInsertBatch, maxStatementParams } from './protocol/insert-batch.ts';
import type { MysqlStatement } from './statement.ts';

/** Larger batches load no faster and take memory times the number in flight; smaller ones cost the server more calls. */
const batchBytes = 256 * 1024;
/** Enough that the server always finds the next batch when it has done one. */
const maxInFlight = 8;
/** About 8 MiB a transaction: more grows undo and the binlog's cache on disk, less waits for the disk more often. */
const batchesPerCommit = 32;
/** Room for headers beside the row that fills a packet. */
const packetSlackBytes = 1024;

export interface BatchSender {
  /** `run` holds whole rows; it is the caller's again when this resolves. */
  send(run: Buffer): Promise<void>;
  /** Everything sent is committed. */
  finish(): Promise<void>;
  /** Nothing more is sent; what is not committed is rolled back. Never throws. */
  abort(): Promise<void>;
}

/** Sends rows in batches over one connection, several in flight. `onTaken` hears of rows the server has accepted. */
export async function openBatchSender(
  connection: MysqlConnection,
  plan: LoadPlan,
  onTaken: (rows: number, bytes: number) => void,
): Promise<BatchSender> {
  const [row] = await connection.query('SELECT @@max_allowed_packet AS bytes');
  const encoder = connection.supportsBulk ? await bulkEncoder(connection, plan) : insertEncoder(connection, plan);
  return new Sending(connection, encoder, Number(row?.bytes) - packetSlackBytes, onTaken);
}

interface Encoder {
  /** The next batch of `run` from `from` on, and the statement it belongs to. */
  next(run: Buffer, from: number): Promise<{ batch: BatchMessage; execute: MysqlStatement['bulkExecute'] }>;
  /** A server allows only so many prepared statements in all. */
  close(): void;
}

async function bulkEncoder(connection: MysqlConnection, plan: LoadPlan): Promise<Encoder> {
  const statement = await connection.prepare(plan.insertSql(1));
  const execute = (message: Buffer) => statement.bulkExecute(message);
  return {
    next: async (run, from) => ({ batch: encodeBulkBatch(plan.rows, statement.id, run, from, batchBytes), execute }),
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
      return { batch, execute: (message) => statement.executeMessage(message) };
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

class Sending implements BatchSender {
  readonly #connection: MysqlConnection;
  readonly #encoder: Encoder;
  readonly #maxPacketBytes: number;
  readonly #onTaken: (rows: number, bytes: number) => void;
  readonly #inFlight: Promise<void>[] = [];
  #sinceCommit = 0;

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

  async send(run: Buffer): Promise<void> {
    for (let from = 0; from < run.length; ) {
      const { batch, execute } = await this.#encoder.next(run, from);
      if (batch.message.length > this.#maxPacketBytes) throw this.#tooLarge(batch.message.length);
      const bytes = batch.next - from;
      await this.#push(execute(batch.message).then(() => this.#onTaken(batch.rows, bytes)));
      if (++this.#sinceCommit >= batchesPerCommit) await this.#commit();
      from = batch.next;
    }
  }

  async finish(): Promise<void> {
    await this.#commit();
    while (this.#inFlight.length > 0) await this.#inFlight.shift();
    this.#encoder.close();
  }

  async abort(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
    if (this.#connection.failure) return;
    this.#encoder.close();
    await this.#connection.execute('ROLLBACK').catch(() => {});
  }

  async #commit(): Promise<void> {
    this.#sinceCommit = 0;
    await this.#push(this.#connection.execute('COMMIT').then(() => undefined));
  }

  async #push(sent: Promise<void>): Promise<void> {
    sent.catch(() => {}); // thrown when its turn comes
    this.#inFlight.push(sent);
    if (this.#inFlight.length > maxInFlight) await this.#inFlight.shift();
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
