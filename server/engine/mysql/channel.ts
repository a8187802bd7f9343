import { connect, type OnReadOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { TidemarkError } from '#server/base/error.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { type ConnectionPhase, lossFailure, refusalFailure } from './failure.ts';
import { framePackets, type Message } from './protocol/packet-frame.ts';
import { protocolError } from './protocol/protocol-error.ts';
import { ReceiveBuffer } from './protocol/receive-buffer.ts';
import { errHeader } from './protocol/reply.ts';
import { Refusal, type ReplyReader, refuse } from './protocol/result.ts';

/** A peer that died without a word is noticed after about this long, plus the system's probes. */
const keepAliveDelayMs = 10_000;

/** While reading is held back the system still asks where the next read may land; growing for it would be waste. */
const landingBytes = 64 * 1024;

/** One awaited reply. `advance` takes what it can and says whether the reply is complete; it throws on a lost place. */
export interface Exchange {
  advance(receive: ReceiveBuffer): boolean;
  fail(error: TidemarkError): void;
}

/**
 * A socket that speaks in messages. Promises: replies are matched to commands in order (so commands may be sent
 * before earlier replies came); every awaited reply is answered or failed, never left hanging; after a break everything fails
 * with the reason of the break.
 */
export class Channel {
  readonly receive = new ReceiveBuffer();
  readonly access: MysqlAccess;
  phase: ConnectionPhase = 'connecting';
  /** Whether the socket has fully closed. */
  readonly closed: Promise<void>;
  private socket: Socket;
  private lost: TidemarkError | undefined;
  private ending: TidemarkError | undefined;
  private held = false;
  private landing: Buffer | undefined;
  private notice: TidemarkError | undefined;
  private readonly queue: Exchange[] = [];
  private markClosed: () => void = () => {};

  constructor(access: MysqlAccess) {
    this.access = access;
    this.closed = new Promise((resolve) => {
      this.markClosed = resolve;
    });
    const onread = this.reader();
    const { socketPath, host, port } = access;
    this.socket = socketPath === undefined ? connect({ host, port, onread }) : connect({ path: socketPath, onread });
    this.socket.setNoDelay(true);
    this.socket.setKeepAlive(true, keepAliveDelayMs);
    this.watch(this.socket);
  }

  get failure(): TidemarkError | undefined {
    return this.lost;
  }

  /** Writes one message and queues what will read its reply. Without an exchange: a command that has no reply. */
  send(message: Message, exchange?: Exchange, sequence = 0): void {
    const over = this.lost ?? this.ending;
    if (over) {
      exchange?.fail(over);
      return;
    }
    if (exchange) this.queue.push(exchange);
    this.socket.cork();
    for (const piece of framePackets(message, sequence)) this.socket.write(piece);
    this.socket.uncork();
  }

  /** One packet in the middle of a command, with its place in the count; resolves when the system has taken it. */
  feed(payload: Buffer, sequence: number): Promise<void> {
    const over = this.lost ?? this.ending;
    if (over) return Promise.reject(over);
    return new Promise((resolve, reject) => {
      const pieces = framePackets(payload, sequence);
      this.socket.cork();
      for (const piece of pieces.slice(0, -1)) this.socket.write(piece);
      this.socket.write(pieces.at(-1)!, (error) =>
        error ? reject(this.lost ?? lossFailure(this.access, this.phase, error)) : resolve(),
      );
      this.socket.uncork();
    });
  }

  /** Sends `message` (or, without one, waits for the server to speak) and reads the reply. */
  call<T>(message: Message | undefined, reader: ReplyReader<T>, about: { sequence?: number; sql?: string } = {}) {
    return new Promise<T>((resolve, reject) => {
      const exchange = new ReplyExchange(this, reader, resolve, reject, about.sql);
      if (message) this.send(message, exchange, about.sequence);
      else if (this.lost) reject(this.lost);
      else this.queue.push(exchange);
    });
  }

  /** Answers in the middle of a reply (the login is a dialogue): our packet takes the next sequence number. */
  answer(message: Buffer): void {
    this.send(message, undefined, this.receive.sequence + 1);
    this.receive.beginReply();
  }

  /** Goes on over TLS. Errors: `node/tls`. */
  async secure(options: ConnectionOptions): Promise<void> {
    // Bytes in clear that wait here would be read as if they had come encrypted.
    if (this.receive.length > 0) throw protocolError('the server spoke in clear after TLS was agreed on');
    this.phase = 'securing';
    const plain = this.socket;
    await new Promise<void>((resolve, reject) => {
      const secured = connectTls({ ...options, socket: plain });
      // A TLS socket takes no buffers of ours (`onread` is ignored there): its bytes are copied in.
      secured.on('data', (chunk) => this.arrived(() => this.receive.append(chunk)));
      this.socket = secured;
      this.queue.push({ advance: () => false, fail: reject });
      secured.once('secureConnect', () => {
        this.queue.length = 0;
        resolve();
      });
      this.watch(secured);
    });
    this.phase = 'connecting';
  }

  /** Stops reading: somebody downstream is slow. */
  hold(): void {
    this.held = true;
    this.socket.pause();
  }

  /** Reads again, beginning with what has arrived already. */
  release(): void {
    if (this.lost) return;
    if (this.held) this.socket.resume();
    this.held = false;
    this.pump();
  }

  /** Says good-bye after what is still running. */
  end(message: Buffer): void {
    if (this.lost) return;
    this.send(message);
    this.ending ??= lossFailure(this.access, this.phase, new Error('it was closed on our side'));
    this.socket.end();
  }

  /** Drops the connection now; everything awaited fails with `error`. */
  destroy(error: TidemarkError): void {
    if (this.lost) return;
    this.lost = error;
    this.socket.destroy();
    for (const exchange of this.queue.splice(0)) exchange.fail(error);
  }

  private reader(): OnReadOpts {
    return {
      buffer: () => (this.held ? this.landingPad() : this.receive.room()),
      callback: (count, landed) => {
        this.arrived(() => this.receive.filled(count, landed));
        return true;
      },
    };
  }

  private landingPad(): Buffer {
    this.landing ??= Buffer.allocUnsafeSlow(landingBytes);
    return this.landing;
  }

  private arrived(store: () => void): void {
    if (this.lost) return;
    store();
    this.pump();
  }

  private pump(): void {
    try {
      while (!this.lost) {
        const exchange = this.queue[0];
        if (!exchange) {
          this.unasked();
          return;
        }
        if (!exchange.advance(this.receive)) return;
        this.queue.shift();
        this.receive.beginReply();
      }
    } catch (error) {
      this.destroy(error instanceof TidemarkError ? error : lossFailure(this.access, this.phase, error));
    }
  }

  /** Nobody waits for these bytes: only a server that says why it is about to close may send them. */
  private unasked(): void {
    const message = this.receive.next();
    if (!message) return;
    if (message[0] !== errHeader) throw protocolError('the server spoke without being asked');
    try {
      refuse(message);
    } catch (refusal) {
      this.notice = refusalFailure(refusal as Refusal, this.access.node, this.phase);
    }
  }

  private watch(socket: Socket): void {
    // Once TLS has taken over, what happens to the plain socket is told by the TLS one, and told better.
    const current = (act: () => void) => () => socket === this.socket && act();
    socket.on('error', (error) => current(() => this.broke(error))());
    socket.on(
      'end',
      current(() => this.broke(new Error('the server closed it'))),
    );
    socket.on(
      'close',
      current(() => {
        this.broke(new Error('it was closed'));
        this.markClosed();
      }),
    );
  }

  private broke(reason: Error): void {
    this.destroy(lossFailure(this.access, this.phase, this.notice ?? reason));
  }
}

class ReplyExchange<T> implements Exchange {
  private readonly channel: Channel;
  private readonly reader: ReplyReader<T>;
  private readonly resolve: (value: T) => void;
  private readonly reject: (error: unknown) => void;
  private readonly sql: string | undefined;
  private begun = false;

  constructor(
    channel: Channel,
    reader: ReplyReader<T>,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
    sql: string | undefined,
  ) {
    this.channel = channel;
    this.reader = reader;
    this.resolve = resolve;
    this.reject = reject;
    this.sql = sql;
  }

  advance(receive: ReceiveBuffer): boolean {
    if (!this.begun) {
      this.begun = true;
      this.reader.next(undefined as never); // runs up to the first message it wants
    }
    for (let message = receive.next(); message; message = receive.next()) {
      try {
        const step = this.reader.next(message);
        if (!step.done) continue;
        this.resolve(step.value);
      } catch (thrown) {
        if (!(thrown instanceof Refusal)) throw thrown;
        this.reject(refusalFailure(thrown, this.channel.access.node, this.channel.phase, this.sql));
      }
      return true;
    }
    return false;
  }

  fail(error: TidemarkError): void {
    this.reject(error);
  }
}
