import { TidemarkError } from '#server/base/error.ts';
import type { Channel, Exchange } from '../channel.ts';
import type { MysqlConnection } from '../connection.ts';
import { refusalFailure } from '../failure.ts';
import type { ReceiveBuffer } from '../protocol/receive-buffer.ts';
import { Refusal } from '../protocol/result.ts';
import { binlogDump } from './dump-command.ts';
import { DumpReader, dumpBufferBytes } from './dump-reader.ts';
import { LogReader, type LogSink, startFor } from './log-reader.ts';

/** How often a server that has nothing to say says so. */
const heartbeatMs = 1_000;
/** So long may it say nothing at all before we take it for gone; three missed heartbeats are a slow network. */
const silenceMs = 10_000;

/** `group`: behind `slavePosition`, a list of GTIDs as a replica states it. */
export type DumpStart =
  | { readonly kind: 'position'; readonly file: string; readonly position: number }
  | { readonly kind: 'group'; readonly slavePosition: string };

/** What the one is told that came first: MariaDB says it with errno 4052, MySQL with the one of many other faults. */
const sameReplica = /with the same server_uuid\/server_id/i;

export interface DumpRequest {
  readonly start: DumpStart;
  /** See replicaIdOf. */
  readonly replicaId: number;
  /** true: ends at the end of the log. Default false: waits for more, until the connection is closed. */
  readonly untilEnd?: boolean;
  readonly sink: LogSink;
}

export interface RunningDump {
  /** Resolves at the end of the log (`untilEnd`). Errors: `node/query-failed` with errno 1236 where the server cannot
   *  send what was asked for, `node/connection-lost`, `node/protocol`, and what the sink throws. */
  readonly ended: Promise<void>;
  /** The sink has room again. */
  release(): void;
}

/**
 * Streams the binary log over a connection that is used for nothing else from now on. Memory is bounded whatever the
 * size of an event, and a sink that is full holds the server back. Errors: those of the connection.
 */
export async function startDump(connection: MysqlConnection, request: DumpRequest): Promise<RunningDump> {
  await prepareSession(connection, request);
  const { start, replicaId, untilEnd = false, sink } = request;
  const file = start.kind === 'position' ? start.file : '';
  const from = startFor(start.kind === 'position' ? start.position : 0);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Also thrown to whoever awaits it, later.
  promise.catch(() => {});
  let exchange!: DumpExchange;
  connection.converse(binlogDump({ file, position: from, replicaId, untilEnd }), (channel) => {
    exchange = new DumpExchange(
      channel,
      new LogReader(sink, start.kind === 'group' ? start : { ...start, from }),
      resolve,
      reject,
    );
    return exchange;
  });
  return { ended: promise, release: () => exchange.release() };
}

async function prepareSession(connection: MysqlConnection, { start }: DumpRequest): Promise<void> {
  await connection.execute('SET @master_binlog_checksum = @@global.binlog_checksum');
  await connection.execute(`SET @master_heartbeat_period = ${heartbeatMs * 1_000_000}`);
  if (connection.flavor === 'mysql') return;
  // 4: we know GTIDs. The server would otherwise write events anew, and the bytes would not be those of its files.
  await connection.execute('SET @mariadb_slave_capability = 4');
  if (start.kind === 'position') return;
  if (!/^[\d,-]*$/.test(start.slavePosition)) throw new Error(`"${start.slavePosition}" is no list of GTIDs`);
  await connection.execute(`SET @slave_connect_state = '${start.slavePosition}'`);
  // Strict: a server that lacks what we have says so instead of going on with what it has.
  await connection.execute('SET @slave_gtid_strict_mode = 1');
  await connection.execute('SET @slave_gtid_ignore_duplicates = 0');
}

class DumpExchange implements Exchange {
  readonly #channel: Channel;
  readonly #reader: DumpReader;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #begun = false;
  #held = false;
  #silence: NodeJS.Timeout;

  constructor(channel: Channel, reader: LogReader, resolve: () => void, reject: (error: unknown) => void) {
    this.#channel = channel;
    this.#reader = new DumpReader(reader);
    this.#resolve = resolve;
    this.#reject = reject;
    this.#silence = setTimeout(() => this.#silent(), silenceMs);
  }

  advance(receive: ReceiveBuffer): boolean {
    this.#silence.refresh();
    if (!this.#begun) {
      this.#begun = true;
      receive.keepCapacityBytes = Number.POSITIVE_INFINITY;
      receive.replace(Buffer.allocUnsafeSlow(dumpBufferBytes + receive.length));
    }
    try {
      const reached = this.#reader.advance(receive);
      this.#held = reached === 'held';
      if (this.#held) this.#channel.hold();
      if (reached === 'ended') this.#over(this.#resolve);
      return reached === 'ended';
    } catch (thrown) {
      const error = this.#named(thrown);
      this.#over(() => this.#reject(error));
      throw error instanceof TidemarkError ? error : thrown;
    }
  }

  fail(error: TidemarkError): void {
    this.#over(() => this.#reject(error));
  }

  release(): void {
    if (this.#held) this.#channel.release();
  }

  #named(thrown: unknown): unknown {
    if (!(thrown instanceof Refusal)) return thrown;
    const { node } = this.#channel.access;
    if (sameReplica.test(thrown.error.message)) {
      const reason = `node ${node} serves another replica that has our id`;
      return new TidemarkError('node/connection-lost', reason, { context: { node }, cause: thrown });
    }
    return refusalFailure(thrown, this.#channel.access.node, this.#channel.phase, 'binlog dump');
  }

  #over(report: () => void): void {
    clearTimeout(this.#silence);
    report();
  }

  #silent(): void {
    if (this.#held) {
      this.#silence.refresh();
      return;
    }
    const { node } = this.#channel.access;
    this.#channel.destroy(
      new TidemarkError('node/connection-lost', `node ${node} said nothing for ${silenceMs / 1000} s`, {
        context: { node },
      }),
    );
  }
}
