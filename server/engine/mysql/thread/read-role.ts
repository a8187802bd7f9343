import type { MessagePort } from 'node:worker_threads';
import type { MysqlAccess } from '#server/engine/access.ts';
import { type MysqlConnection, openMysqlConnection } from '../connection.ts';
import type { Param } from '../protocol/row.ts';
import type { MysqlStatement } from '../statement.ts';
import { bufferOf } from './buffers.ts';
import { fromErrorMessage, toErrorMessage } from './error-message.ts';
import { Mailbox } from './mailbox.ts';
import type { OpenedSession, PreparedOver, ReadAsk, ReadEnd, ReadTell } from './read-letters.ts';
import { RangeReading } from './read-range.ts';
import { type ReadTogether, readTogether } from './read-together.ts';

/** Holds one session for whoever has the other end of `port` (read-session.ts), until that closes. */
export function serve(port: MessagePort): void {
  new ReadLodger(port);
}

/**
 * Commands begin in the order they arrive, before earlier ones have been answered: as they would over a connection in
 * the same thread.
 */
class ReadLodger {
  private readonly mail: Mailbox<ReadTell, ReadAsk>;
  private readonly statements = new Map<number, MysqlStatement>();
  private connection: MysqlConnection | undefined;
  /** Aborted when nobody wants the session any more, also while it is being opened. */
  private readonly ended = new AbortController();
  private reading: { id: number; range: RangeReading } | undefined;
  private prepared = 0;

  constructor(port: MessagePort) {
    this.mail = new Mailbox<ReadTell, ReadAsk>(port, (ask) => this.receive(ask));
    port.on('close', () => this.ended.abort());
  }

  private receive(ask: ReadAsk): void {
    if ('id' in ask) void this.answer(ask.id, this.work(ask));
    else if (ask.ask === 'taken') this.taken(ask.reading, ask.wanted);
    else if (ask.ask === 'forget') this.forget(ask.statement);
    else this.ended.abort(fromErrorMessage(ask.reason));
  }

  private async answer(id: number, work: Promise<unknown>): Promise<void> {
    try {
      const value = await work;
      this.mail.send({ tell: 'answer', id, value }, memoryOf(value));
    } catch (thrown) {
      const lost = this.connection?.failure;
      this.mail.send({
        tell: 'failed',
        id,
        error: toErrorMessage(thrown),
        lost: lost ? toErrorMessage(lost) : undefined,
      });
    }
  }

  private async work(ask: Extract<ReadAsk, { id: number }>): Promise<unknown> {
    switch (ask.ask) {
      case 'open':
        return this.open(ask.access);
      case 'query':
        return this.connection!.query(ask.sql, ask.params?.map(ownParam));
      case 'execute':
        return this.connection!.execute(ask.sql, ask.params?.map(ownParam));
      case 'prepare':
        return this.prepare(ask.sql);
      case 'read':
        return this.read(ask.id, ask.what);
      case 'together':
        return readTogether(this.connection!, ask.tables);
      case 'close':
        return this.connection?.close();
    }
  }

  private async open(access: MysqlAccess): Promise<OpenedSession> {
    this.connection = await openMysqlConnection(access, { signal: this.ended.signal });
    const { connectionId, serverVersion, flavor } = this.connection;
    return { connectionId, serverVersion, flavor };
  }

  private async prepare(sql: string): Promise<PreparedOver> {
    const statement = await this.connection!.prepare(sql);
    this.statements.set(++this.prepared, statement);
    return { statement: this.prepared, columns: statement.columns };
  }

  private forget(number: number): void {
    this.statements.get(number)?.close();
    this.statements.delete(number);
  }

  /** One that is over has nothing to wait for. */
  private taken(reading: number, wanted: boolean): void {
    if (this.reading?.id === reading) this.reading.range.taken(wanted);
  }

  private async read(id: number, what: number | string): Promise<ReadEnd> {
    const statement = typeof what === 'string' ? what : this.statements.get(what)!;
    const range = new RangeReading((frame) =>
      this.mail.send({ tell: 'frame', reading: id, frame }, frame.bytes.buffer),
    );
    this.reading = { id, range };
    try {
      return await range.read(this.connection!, statement);
    } finally {
      if (this.reading?.id === id) this.reading = undefined;
    }
  }
}

/** The frame at the end of a reading goes over as the others do, and so do those of many tables. */
function memoryOf(value: unknown): ArrayBuffer | undefined {
  const { last, frames } = (value ?? {}) as Partial<ReadEnd & ReadTogether>;
  return (last?.bytes ?? frames)?.buffer;
}

const ownParam = (param: Param): Param => bufferOf(param) as Param;
