import { TidemarkError } from '#server/base/error.ts';
import type { MysqlConnection } from './connection.ts';
import type { RowSender } from './load-chunk.ts';
import type { LoadPlan } from './load-plan.ts';
import { BulkMessage, encodeBulkBatch, encodeLargeRow } from './protocol/bulk-batch.ts';
import { encodeInsertBatch, maxStatementParams } from './protocol/insert-batch.ts';
import { bytesOf, type Message } from './protocol/packet-frame.ts';
import type { MysqlStatement } from './statement.ts';

/** Larger batches load no faster and take memory times the number in flight; smaller ones cost the server more calls. */
const batchBytes = 256 * 1024;
/** Enough that the server always finds the next batch when it has done one. */
const maxInFlight = 8;
/** A row past this is not copied to be sent. */
const largeRowBytes = 8 * 1024 * 1024;
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
  const flight = new Flight(connection, Number(row?.bytes) - packetSlackBytes, onTaken);
  if (path === 'insert') return new InsertSender(connection, plan, flight);
  return new BulkSender(plan, await connection.prepare(plan.insertSql(1)), flight);
}

/** Fills batches whose size does not depend on how the rows are handed over. */
class BulkSender implements RowSender {
  readonly #plan: LoadPlan;
  readonly #statement: MysqlStatement;
  readonly #flight: Flight;
  #open: BulkMessage | undefined;
  /** Buffers of batches that the server has answered, and so has read: used again, or each would be a new one. */
  readonly #rooms: Buffer[] = [];

  constructor(plan: LoadPlan, statement: MysqlStatement, flight: Flight) {
    this.#plan = plan;
    this.#statement = statement;
    this.#flight = flight;
  }

  async send(run: Buffer): Promise<number> {
    const { rows: source } = this.#plan;
    let rows = 0;
    for (let from = 0; from < run.length; ) {
      this.#open ??= new BulkMessage(source, this.#statement.id, this.#rooms.pop() ?? this.#newRoom());
      const before = this.#open.rows;
      const next = this.#open.append(run, from);
      rows += this.#open.rows - before;
      if (next === from && this.#open.rows === 0) {
        // One row that is larger than a batch.
        from = await this.#sendAlone(run, from);
        rows++;
        continue;
      }
      if (next < run.length) await this.flush();
      from = next;
    }
    return rows;
  }

  async #sendAlone(run: Buffer, from: number): Promise<number> {
    const { rows: source } = this.#plan;
    const isLarge = source.frameEnd(run, from) - from > largeRowBytes;
    const { id } = this.#statement;
    const { message, next } = isLarge
      ? encodeLargeRow(source, id, run, from)
      : encodeBulkBatch(source, id, run, from, 0);
    await this.#flight.push({ message, rows: 1, bytes: next - from }, (sent) => this.#statement.bulkExecute(sent));
    // Several of 100 MB in the air would be several times as much, and its bytes are still the run's.
    if (isLarge) await this.#flight.landed();
    return next;
  }

  async flush(): Promise<void> {
    const batch = this.#open;
    if (!batch || batch.rows === 0) return;
    this.#open = undefined;
    const { message, rows, frameBytes: bytes, room } = batch;
    await this.#flight.push({ message, rows, bytes }, async (sent) => {
      await this.#statement.bulkExecute(sent);
      this.#rooms.push(room);
    });
  }

  async settle(): Promise<void> {
    await this.flush();
    await this.#flight.landed();
  }

  async close(): Promise<void> {
    this.#statement.close();
  }

  #newRoom(): Buffer {
    // Names of types stand in it too: a table of a thousand columns needs more room for them.
    const wanted = batchBytes + this.#plan.rows.paramTypes.length;
    return Buffer.allocUnsafeSlow(Math.min(wanted, this.#flight.maxPacketBytes));
  }
}

/** Without bulk execute: statements of a few sizes, each prepared when first needed. */
class InsertSender implements RowSender {
  readonly #connection: MysqlConnection;
  readonly #plan: LoadPlan;
  readonly #flight: Flight;
  readonly #prepared = new Map<number, MysqlStatement>();

  constructor(connection: MysqlConnection, plan: LoadPlan, flight: Flight) {
    this.#connection = connection;
    this.#plan = plan;
    this.#flight = flight;
  }

  async send(run: Buffer): Promise<number> {
    let rows = 0;
    for (let from = 0; from < run.length; ) {
      const rowCount = groupSize(this.#plan, run, from, Math.min(batchBytes, this.#flight.maxPacketBytes / 2));
      const statement =
        this.#prepared.get(rowCount) ?? (await this.#connection.prepare(this.#plan.insertSql(rowCount)));
      this.#prepared.set(rowCount, statement);
      const { message, next } = encodeInsertBatch(this.#plan.rows, statement.id, run, from, rowCount);
      await this.#flight.push({ message, rows: rowCount, bytes: next - from }, (sent) =>
        statement.executeMessage(sent),
      );
      rows += rowCount;
      from = next;
    }
    return rows;
  }

  async flush(): Promise<void> {}

  settle(): Promise<void> {
    return this.#flight.landed();
  }

  async close(): Promise<void> {
    for (const statement of this.#prepared.values()) statement.close();
  }
}

/** The largest power of two of rows that are there, fit a batch and have parameters enough; at least one. */
function groupSize(plan: LoadPlan, run: Buffer, from: number, mostBytes: number): number {
  const most = Math.max(1, Math.floor(maxStatementParams / Math.max(1, plan.columnCount)));
  let count = 0;
  for (let at = from; at < run.length && count < most; count++) {
    at = plan.rows.frameEnd(run, at);
    if (count > 0 && at - from > mostBytes) break;
  }
  return 2 ** Math.floor(Math.log2(Math.max(1, count)));
}

/** Batches that were sent and not answered yet. An error is thrown by whatever is awaited next. */
class Flight {
  readonly #connection: MysqlConnection;
  readonly maxPacketBytes: number;
  readonly #onTaken: (rows: number, bytes: number) => void;
  readonly #sent: Promise<void>[] = [];

  constructor(connection: MysqlConnection, maxPacketBytes: number, onTaken: (rows: number, bytes: number) => void) {
    this.#connection = connection;
    this.maxPacketBytes = maxPacketBytes;
    this.#onTaken = onTaken;
  }

  /** Resolves when there is room for the next one. */
  async push<M extends Message>(
    { message, rows, bytes }: { message: M; rows: number; bytes: number },
    send: (message: M) => Promise<unknown>,
  ): Promise<void> {
    const messageBytes = bytesOf(message);
    if (messageBytes > this.maxPacketBytes) throw this.#tooLarge(messageBytes);
    const sent = send(message).then(() => this.#onTaken(rows, bytes));
    sent.catch(() => {}); // thrown when its turn comes
    this.#sent.push(sent);
    if (this.#sent.length > maxInFlight) await this.#sent.shift();
  }

  async landed(): Promise<void> {
    await Promise.all(this.#sent.splice(0));
  }

  #tooLarge(bytes: number): TidemarkError {
    const { node } = this.#connection;
    const bound = this.maxPacketBytes + packetSlackBytes;
    return new TidemarkError('node/query-failed', `a row of ${bytes} bytes does not fit a packet of node ${node}`, {
      hint: `Raise max_allowed_packet on the server (now ${bound}) above ${bytes + packetSlackBytes}, then try again.`,
      context: { node, rowBytes: bytes, maxAllowedPacket: bound },
    });
  }
}
