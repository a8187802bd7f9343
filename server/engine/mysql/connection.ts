import { throwIfStopped } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { Channel, type Exchange } from './channel.ts';
import { lossFailure } from './failure.ts';
import { beginLocalLoad, type LocalLoad } from './local-load.ts';
import { logIn, type Session } from './login.ts';
import { capability, extendedCapability } from './protocol/capability.ts';
import { initDb, lastPrepared, ping, query, quit, stmtExecute } from './protocol/command.ts';
import { encodeParams } from './protocol/param.ts';
import { type Outcome, type Result, readOk, readResult } from './protocol/result.ts';
import type { Param, Row } from './protocol/row.ts';
import {
  BatchBuffers,
  defaultBatchBytes,
  type OnBatch,
  RowStream,
  type RowsWanted,
  type StreamedRows,
} from './row-stream.ts';
import { executeMessage, type MysqlStatement, prepareStatement } from './statement.ts';

const defaultConnectTimeoutMs = 10_000;
/** How long `close` waits for the server to hang up before it does so itself. */
const closeTimeoutMs = 2_000;
/** A reader may be held back by a slow destination: with the server's own 60 s it would be cut off meanwhile. */
const patience = 'SET SESSION net_write_timeout = 3600, net_read_timeout = 3600';

/**
 * One session on a MySQL or MariaDB server. Commands may overlap; the server runs and answers them in order. Text is
 * utf8mb4 both ways. Errors of statements: `node/query-failed`, `node/missing-privilege` (with errno, sqlState, node in the
 * context; `mysqlErrno` reads it) and the session goes on; `node/connection-lost` and `node/protocol` end it.
 */
export interface MysqlConnection {
  readonly node: string;
  readonly connectionId: number;
  readonly serverVersion: string;
  readonly flavor: 'mariadb' | 'mysql';
  /** Whether COM_STMT_BULK_EXECUTE may be used (MariaDB). */
  readonly supportsBulk: boolean;
  /** Whether `loadLocal` may be tried: asked for when the connection was opened, and offered by the server. */
  readonly supportsLocalData: boolean;
  /** Undefined while the session lives, then why it ended. */
  readonly failure: TidemarkError | undefined;
  /** With params the statement is prepared and each `?` takes one; never put a value into the text itself. */
  query(sql: string, params?: readonly Param[]): Promise<Row[]>;
  execute(sql: string, params?: readonly Param[]): Promise<Outcome>;
  /**
   * Prepares and executes a SELECT and hands its binary rows over as they are: see RowBatch and OnBatch. A statement that
   * was prepared already is executed, and closed by whom it belongs to.
   */
  streamBinary(
    sql: string | MysqlStatement,
    onBatch: OnBatch,
    options?: { params?: readonly Param[]; batchBytes?: number },
  ): Promise<StreamedRows>;
  /**
   * As streamBinary, without waiting for the statement to be prepared: several may be sent before the first has answered.
   * MariaDB only. When it fails, rows of another statement may have been handed over before.
   */
  streamAtOnce(sql: string, onBatch: OnBatch): Promise<StreamedRows>;
  prepare(sql: string): Promise<MysqlStatement>;
  /** Begins a LOAD DATA LOCAL and resolves when the server asks for its bytes, which go in packets of at most so many. */
  loadLocal(sql: string, maxPacketBytes: number): Promise<LocalLoad>;
  /** Sends a command whose reply has a reader of its own, which may hold the channel back: a reply that has no end. */
  converse(command: Buffer, exchange: (channel: Channel) => Exchange): void;
  useDatabase(database: string): Promise<void>;
  ping(): Promise<void>;
  /** Ends the session after what is still running; never throws. */
  close(): Promise<void>;
  /** Drops the session now: everything awaited fails with `reason`, by default `node/connection-lost`. */
  destroy(reason?: TidemarkError): void;
}

/**
 * Errors: `node/unreachable` (also when not logged in after `connectTimeoutMs`), `node/access-denied`, `node/tls`,
 * `node/unsupported`, `node/protocol`. `localData`: the session is to load by LOAD DATA LOCAL. Aborting `signal`, at any time, drops the connection with the signal's reason.
 */
export async function openMysqlConnection(
  access: MysqlAccess,
  options: { signal?: AbortSignal; connectTimeoutMs?: number; localData?: boolean } = {},
): Promise<MysqlConnection> {
  const { signal, connectTimeoutMs = defaultConnectTimeoutMs } = options;
  if (signal) throwIfStopped(signal);
  const channel = new Channel(access);
  const onAbort = () => channel.destroy(abortFailure(signal!));
  signal?.addEventListener('abort', onAbort, { once: true });
  void channel.closed.then(() => signal?.removeEventListener('abort', onAbort));
  const timer = setTimeout(() => {
    channel.destroy(lossFailure(access, 'connecting', new Error(`no answer within ${connectTimeoutMs} ms`)));
  }, connectTimeoutMs);
  try {
    const session = await logIn(channel, options.localData);
    channel.phase = 'open';
    const connection = new Connection(channel, session);
    await connection.execute(access.logBin === false ? `${patience}, sql_log_bin = 0` : patience);
    return connection;
  } catch (thrown) {
    const error = thrown instanceof TidemarkError ? thrown : lossFailure(access, channel.phase, thrown);
    channel.destroy(error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

class Connection implements MysqlConnection {
  readonly node: string;
  readonly connectionId: number;
  readonly serverVersion: string;
  readonly flavor: 'mariadb' | 'mysql';
  readonly supportsBulk: boolean;
  readonly supportsLocalData: boolean;
  private readonly channel: Channel;
  private readonly extended: boolean;
  private readonly buffers = new BatchBuffers();

  constructor(channel: Channel, { handshake, agreed }: Session) {
    this.channel = channel;
    this.node = channel.access.node;
    this.connectionId = handshake.connectionId;
    this.serverVersion = handshake.serverVersion;
    this.flavor = handshake.flavor;
    this.supportsBulk = (agreed.extended & extendedCapability.stmtBulkOperations) !== 0;
    this.supportsLocalData = (agreed.basic & capability.localFiles) !== 0;
    this.extended = (agreed.extended & extendedCapability.extendedMetadata) !== 0;
  }

  get failure(): TidemarkError | undefined {
    return this.channel.failure;
  }

  async query(sql: string, params?: readonly Param[]): Promise<Row[]> {
    return (await this.run(sql, params)).rows;
  }

  async execute(sql: string, params?: readonly Param[]): Promise<Outcome> {
    const { affectedRows, insertId, warnings } = await this.run(sql, params);
    return { affectedRows, insertId, warnings };
  }

  async streamBinary(
    query: string | MysqlStatement,
    onBatch: OnBatch,
    { params = [], batchBytes = defaultBatchBytes }: { params?: readonly Param[]; batchBytes?: number } = {},
  ): Promise<StreamedRows> {
    const statement = typeof query === 'string' ? await this.prepare(query) : query;
    const { sql } = statement;
    try {
      if (statement.columns.length === 0) throw returnsNoRows(sql);
      return await this.stream(executeMessage(statement, params), { sql, onBatch, batchBytes });
    } finally {
      if (statement !== query) statement.close();
    }
  }

  async streamAtOnce(sql: string, onBatch: OnBatch): Promise<StreamedRows> {
    const preparing = this.prepare(sql);
    const message = stmtExecute(lastPrepared, encodeParams([]));
    const streaming = this.stream(message, { sql, onBatch, batchBytes: defaultBatchBytes });
    const [prepared, streamed] = await Promise.allSettled([preparing, streaming]);
    if (prepared.status === 'rejected') throw prepared.reason;
    prepared.value.close();
    if (streamed.status === 'rejected') throw streamed.reason;
    return streamed.value;
  }

  prepare(sql: string): Promise<MysqlStatement> {
    return prepareStatement(this.channel, sql, this.extended);
  }

  converse(command: Buffer, exchange: (channel: Channel) => Exchange): void {
    this.channel.send(command, exchange(this.channel));
  }

  loadLocal(sql: string, maxPacketBytes: number): Promise<LocalLoad> {
    return beginLocalLoad(this.channel, sql, maxPacketBytes);
  }

  async useDatabase(database: string): Promise<void> {
    await this.channel.call(initDb(database), readOk());
  }

  async ping(): Promise<void> {
    await this.channel.call(ping(), readOk());
  }

  async close(): Promise<void> {
    this.channel.end(quit());
    const timer = setTimeout(() => this.destroy(), closeTimeoutMs);
    await this.channel.closed;
    clearTimeout(timer);
  }

  destroy(reason?: TidemarkError): void {
    this.channel.destroy(reason ?? lossFailure(this.channel.access, 'open', new Error('it was dropped on our side')));
  }

  private stream(message: Buffer, stream: Pick<RowsWanted, 'sql' | 'onBatch' | 'batchBytes'>): Promise<StreamedRows> {
    return new Promise((resolve, reject) => {
      const wanted = { ...stream, extended: this.extended, buffers: this.buffers };
      this.channel.send(message, new RowStream(this.channel, wanted, resolve, reject));
    });
  }

  private async run(sql: string, params?: readonly Param[]): Promise<Result> {
    if (params === undefined) return this.channel.call(query(sql), readResult('text', this.extended), { sql });
    const statement = await this.prepare(sql);
    try {
      return await statement.execute(params);
    } finally {
      statement.close();
    }
  }
}

function abortFailure(signal: AbortSignal): TidemarkError {
  if (signal.reason instanceof TidemarkError) return signal.reason;
  return new TidemarkError('job/cancelled', 'stopped on request', { cause: signal.reason });
}

function returnsNoRows(sql: string): TidemarkError {
  return new TidemarkError('node/query-failed', 'the statement returns no rows to stream', {
    context: { statement: sql.slice(0, 200) },
  });
}
