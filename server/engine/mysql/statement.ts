import { TidemarkError } from '#server/base/error.ts';
import type { Channel } from './channel.ts';
import type { Column } from './protocol/column.ts';
import { stmtClose, stmtExecute, stmtPrepare } from './protocol/command.ts';
import type { Message } from './protocol/packet-frame.ts';
import { encodeParams } from './protocol/param.ts';
import { type Outcome, type PreparedReply, type Result, readPrepared, readResult } from './protocol/result.ts';
import type { Param } from './protocol/row.ts';

/**
 * A statement prepared on one connection. All calls may be made before earlier ones have answered (pipelined); answers come in
 * order. How many are in flight is the caller's to bound: what is sent and not yet taken by the server waits in memory.
 */
export interface MysqlStatement {
  readonly id: number;
  readonly sql: string;
  readonly columns: readonly Column[];
  readonly paramCount: number;
  execute(params?: readonly Param[]): Promise<Result>;
  /** A message of encodeInsertBatch made for this statement's id. */
  executeMessage(message: Buffer): Promise<Outcome>;
  /** A message of encodeBulkBatch made for this statement's id. Only where the connection's `supportsBulk` is true. */
  bulkExecute(message: Message): Promise<Outcome>;
  /** Frees it on the server. Nothing is awaited: the command has no answer. */
  close(): void;
}

/** Errors: as a query's. */
export async function prepareStatement(channel: Channel, sql: string, extended: boolean): Promise<MysqlStatement> {
  const prepared = await channel.call(stmtPrepare(sql), readPrepared(extended), { sql });
  return new PreparedStatement(channel, prepared, sql, extended);
}

/** The command that runs `statement` with `params`. Errors: `input/invalid` when their number is not the statement's. */
export function executeMessage(statement: MysqlStatement, params: readonly Param[]): Buffer {
  if (params.length !== statement.paramCount) {
    throw new TidemarkError('input/invalid', `a statement takes ${statement.paramCount} values, not ${params.length}`);
  }
  return stmtExecute(statement.id, encodeParams(params));
}

class PreparedStatement implements MysqlStatement {
  readonly id: number;
  readonly columns: readonly Column[];
  readonly paramCount: number;
  private readonly channel: Channel;
  readonly sql: string;
  private readonly extended: boolean;

  constructor(channel: Channel, prepared: PreparedReply, sql: string, extended: boolean) {
    this.channel = channel;
    this.id = prepared.statementId;
    this.columns = prepared.columns;
    this.paramCount = prepared.paramCount;
    this.sql = sql;
    this.extended = extended;
  }

  async execute(params: readonly Param[] = []): Promise<Result> {
    return this.send(executeMessage(this, params));
  }

  executeMessage(message: Buffer): Promise<Outcome> {
    return this.send(this.own(message));
  }

  bulkExecute(message: Message): Promise<Outcome> {
    return this.send(this.own(message));
  }

  close(): void {
    this.channel.send(stmtClose(this.id));
  }

  private send(message: Message): Promise<Result> {
    return this.channel.call(message, readResult('binary', this.extended), { sql: this.sql });
  }

  /** A batch made for another statement would load rows into another table. */
  private own<M extends Message>(message: M): M {
    const [head] = Buffer.isBuffer(message) ? [message] : message;
    const id = head!.readUInt32LE(1);
    if (id === this.id) return message;
    throw new TidemarkError('internal/unexpected', `a batch for statement ${id} was given to statement ${this.id}`);
  }
}
