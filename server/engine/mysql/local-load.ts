import type { TidemarkError } from '#server/base/error.ts';
import type { Channel, Exchange } from './channel.ts';
import { refusalFailure } from './failure.ts';
import { query } from './protocol/command.ts';
import { protocolError } from './protocol/protocol-error.ts';
import type { ReceiveBuffer } from './protocol/receive-buffer.ts';
import { decodeOk, localInfileHeader } from './protocol/reply.ts';
import { type Outcome, type Refusal, refuse } from './protocol/result.ts';

/**
 * One LOAD DATA LOCAL that is being fed. The bytes are the caller's own; no file is ever read, whatever name the server
 * asks for. Nothing else may be sent over the connection before `end` has resolved. Errors: as a statement's.
 */
export interface LocalLoad {
  /** `bytes` is the caller's again when this resolves. Errors: why the connection ended. */
  write(bytes: Buffer): Promise<void>;
  /** No more bytes: the server's answer. */
  end(): Promise<Outcome>;
}

/** One of 16 MiB would announce that it goes on in the next one. */
const largestPacketBytes = 4 * 1024 ** 2;

/** Resolves when the server asks for the bytes. Errors: `node/query-failed` also where LOCAL is switched off. */
export async function beginLocalLoad(channel: Channel, sql: string, maxPacketBytes: number): Promise<LocalLoad> {
  const load = new Feeding(channel, sql, Math.min(maxPacketBytes, largestPacketBytes));
  channel.send(query(sql), load);
  await load.asked;
  return load;
}

class Feeding implements Exchange, LocalLoad {
  readonly asked: Promise<void>;
  readonly #channel: Channel;
  readonly #sql: string;
  readonly #packetBytes: number;
  readonly #answer: Promise<Outcome>;
  #state: 'asking' | 'feeding' | 'ended' = 'asking';
  #sequence = 0;
  #onAsked: () => void = () => {};
  #onAnswer: (outcome: Outcome) => void = () => {};
  #onFailure: (error: TidemarkError) => void = () => {};

  constructor(channel: Channel, sql: string, packetBytes: number) {
    this.#packetBytes = packetBytes;
    this.#channel = channel;
    this.#sql = sql;
    this.#answer = new Promise((resolve, reject) => {
      this.#onAnswer = resolve;
      this.#onFailure = reject;
    });
    this.asked = new Promise((resolve, reject) => {
      this.#onAsked = resolve;
      this.#answer.catch(reject);
    });
  }

  advance(receive: ReceiveBuffer): boolean {
    const message = receive.next();
    if (!message) return false;
    try {
      refuse(message);
    } catch (refusal) {
      const error = refusalFailure(refusal as Refusal, this.#channel.access.node, 'open', this.#sql);
      // Told in the middle of the bytes, it leaves a server that would take the rest of them for commands.
      if (this.#state === 'feeding') throw error;
      this.#onFailure(error);
      return true;
    }
    if (this.#state === 'asking' && message[0] === localInfileHeader) {
      this.#state = 'feeding';
      this.#sequence = receive.sequence;
      this.#onAsked();
      return false;
    }
    if (this.#state !== 'ended') throw protocolError('the server answered before it had all bytes of LOAD DATA');
    this.#onAnswer(decodeOk(message));
    return true;
  }

  fail(error: TidemarkError): void {
    this.#onFailure(error);
  }

  async write(bytes: Buffer): Promise<void> {
    const step = this.#packetBytes;
    for (let at = 0; at < bytes.length; at += step) await this.#packet(bytes.subarray(at, at + step));
  }

  async end(): Promise<Outcome> {
    this.#state = 'ended';
    await this.#packet(Buffer.alloc(0));
    return this.#answer;
  }

  async #packet(payload: Buffer): Promise<void> {
    if (this.#channel.failure) throw this.#channel.failure;
    this.#sequence = (this.#sequence + 1) & 0xff;
    const written = this.#channel.feed(payload, this.#sequence);
    this.#channel.receive.beginReply();
    await written;
  }
}
