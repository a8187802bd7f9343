import { stopReason, throwIfStopped } from '#server/base/abort.ts';
import { asTidemarkError, TidemarkError } from '#server/base/error.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import type { PackedChunk } from '#server/pipeline/chunk-packer.ts';
import { RowDigest } from '../digest.ts';
import type { Outcome } from '../protocol/result.ts';
import type { Param, Row, Value } from '../protocol/row.ts';
import type { PreparedSelect, SqlSession } from '../sql-session.ts';
import { bufferOf } from './buffers.ts';
import { fromErrorMessage, toErrorMessage } from './error-message.ts';
import { Mailbox } from './mailbox.ts';
import type { OpenedSession, PreparedOver, ReadAsk, ReadEnd, ReadFrame, ReadTell } from './read-letters.ts';
import type { ReadTogether, TableAsked } from './read-together.ts';
import type { Lodging, Threads } from './threads.ts';

/** A packed frame of rows: `bytes` are the taker's. `rows`: about those of this frame, exactly over all frames. */
export interface FrameOfRows {
  readonly bytes: Buffer;
  readonly rows: number;
  readonly rawBytes: number;
  /** Gives the memory of `bytes` back now: nobody collects it soon, for the collector does not see how large it is. */
  free(): void;
}

/** Resolves when the next frame may come; false: no more rows are wanted, the rest of the reply is only read off. */
export type TakeFrame = (frame: FrameOfRows) => Promise<boolean>;

export interface RangeRead {
  readonly digest: RowDigest;
  readonly packed: PackedChunk;
}

/**
 * A session whose connection lives in a thread, where rows are read, digested and packed into frames; here arrive only
 * frames and what everybody asks of a session. Errors are those of a connection of our own, and `internal/thread-ended`.
 */
export interface ReadSession extends SqlSession {
  /** One reading at a time. An error of `take` is thrown at once. */
  read(what: PreparedSelect | string, take: TakeFrame): Promise<RangeRead>;
  /** Many small tables at once: see readTogether. */
  readTogether(tables: readonly TableAsked[]): Promise<ReadTogether>;
}

/** Errors: as openMysqlConnection. Aborting `signal`, at any time, drops the session with the signal's reason. */
export async function openReadSession(
  threads: Threads,
  access: MysqlAccess,
  options: { signal?: AbortSignal } = {},
): Promise<ReadSession> {
  const { signal } = options;
  if (signal) throwIfStopped(signal);
  const session = new SessionInThread(threads, access.node);
  const onAbort = () => session.destroy(stopReason(signal!));
  signal?.addEventListener('abort', onAbort, { once: true });
  session.onLeft = () => signal?.removeEventListener('abort', onAbort);
  try {
    await session.open(access);
    return session;
  } catch (error) {
    await session.leave();
    throw error;
  }
}

interface Awaited {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

interface Reading {
  readonly id: number;
  readonly take: TakeFrame;
  fail(error: unknown): void;
  /** Frames are taken one after the other, as they came. */
  taking: Promise<unknown>;
}

interface Statement extends PreparedSelect {
  readonly number: number;
}

class SessionInThread implements ReadSession {
  readonly node: string;
  connectionId = 0;
  serverVersion = '';
  flavor: 'mariadb' | 'mysql' = 'mariadb';
  failure: TidemarkError | undefined;
  onLeft: () => void = () => {};
  private readonly lodging: Lodging;
  private readonly mail: Mailbox<ReadAsk, ReadTell>;
  private readonly awaited = new Map<number, Awaited>();
  private asked = 0;
  private reading: Reading | undefined;
  private left: Promise<void> | undefined;

  constructor(threads: Threads, node: string) {
    this.node = node;
    this.lodging = threads.lodge((error) => this.lost(error));
    this.mail = new Mailbox<ReadAsk, ReadTell>(this.lodging.port, (tell) => this.receive(tell));
  }

  async open(access: MysqlAccess): Promise<void> {
    const opened = await this.ask<OpenedSession>((id) => ({ ask: 'open', id, access }));
    this.connectionId = opened.connectionId;
    this.serverVersion = opened.serverVersion;
    this.flavor = opened.flavor;
  }

  async query(sql: string, params?: readonly Param[]): Promise<Row[]> {
    const rows = await this.ask<Row[]>((id) => ({ ask: 'query', id, sql, params }));
    for (const row of rows) for (const name in row) row[name] = bufferOf(row[name]) as Value;
    return rows;
  }

  execute(sql: string, params?: readonly Param[]): Promise<Outcome> {
    return this.ask<Outcome>((id) => ({ ask: 'execute', id, sql, params }));
  }

  async prepare(sql: string): Promise<Statement> {
    const { statement, columns } = await this.ask<PreparedOver>((id) => ({ ask: 'prepare', id, sql }));
    return { sql, columns, number: statement, close: () => this.mail.send({ ask: 'forget', statement }) };
  }

  async read(what: Statement | string, take: TakeFrame): Promise<RangeRead> {
    let fail: (error: unknown) => void = () => {};
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const order = typeof what === 'string' ? what : what.number;
    const ended = this.ask<ReadEnd>((id) => ({ ask: 'read', id, what: order }));
    const reading: Reading = { id: this.asked, take, fail, taking: Promise.resolve() };
    this.reading = reading;
    try {
      const { last, rows, sum, longestBytes, packed } = await Promise.race([ended, failed]);
      await Promise.race([reading.taking, failed]);
      if (last) await take(frameOf(last));
      return { digest: RowDigest.of({ rows, sum, longestBytes }), packed };
    } finally {
      ended.catch(() => {}); // told already, by whichever came first
      if (this.reading === reading) this.reading = undefined;
    }
  }

  readTogether(tables: readonly TableAsked[]): Promise<ReadTogether> {
    return this.ask<ReadTogether>((id) => ({ ask: 'together', id, tables }));
  }

  async close(): Promise<void> {
    await this.ask((id) => ({ ask: 'close', id })).catch(() => {});
    this.lost(closedHere(this.node));
    await this.leave();
  }

  destroy(reason: TidemarkError = closedHere(this.node)): void {
    if (this.failure) return;
    this.mail.send({ ask: 'destroy', reason: toErrorMessage(reason) });
    this.lost(reason);
  }

  leave(): Promise<void> {
    this.left ??= (async () => {
      this.onLeft();
      this.mail.close();
      await this.lodging.leave();
    })();
    return this.left;
  }

  private ask<T>(letter: (id: number) => ReadAsk): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.failure) {
        reject(this.failure);
        return;
      }
      const id = ++this.asked;
      this.awaited.set(id, { resolve: resolve as Awaited['resolve'], reject });
      this.mail.send(letter(id));
    });
  }

  private receive(tell: ReadTell): void {
    if (tell.tell === 'frame') {
      this.take(tell.reading, tell.frame);
      return;
    }
    const awaited = this.awaited.get(tell.id);
    this.awaited.delete(tell.id);
    if (tell.tell === 'answer') awaited?.resolve(tell.value);
    else {
      awaited?.reject(fromErrorMessage(tell.error));
      if (tell.lost) this.lost(asTidemarkError(fromErrorMessage(tell.lost)));
    }
  }

  private take(id: number, frame: ReadFrame): void {
    const { reading } = this;
    if (reading?.id !== id) {
      this.mail.send({ ask: 'taken', reading: id, wanted: false });
      return;
    }
    reading.taking = reading.taking.then(async () => {
      const wanted = await reading.take(frameOf(frame)).catch((error: unknown) => {
        reading.fail(error);
        return false;
      });
      this.mail.send({ ask: 'taken', reading: id, wanted });
    });
  }

  private lost(error: TidemarkError): void {
    this.failure ??= error;
    for (const { reject } of this.awaited.values()) reject(this.failure);
    this.awaited.clear();
  }
}

function frameOf({ bytes, rows, rawBytes }: ReadFrame): FrameOfRows {
  return { bytes: bufferOf(bytes) as Buffer, rows, rawBytes, free: () => void bytes.buffer.transfer(0) };
}

function closedHere(node: string): TidemarkError {
  return new TidemarkError('node/connection-lost', `connection to node ${node} lost: it was closed on our side`, {
    context: { node },
  });
}
