import { pause } from '#server/base/abort.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { type MysqlConnection, openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { preparedXids } from '#server/engine/mysql/prepared-xids.ts';

/** For tests: a row with the same id on both nodes, or on one; as its author knows it. */
export interface Transfer {
  readonly id: number;
  readonly begunMs: number;
  /** 'both' is one global transaction. */
  readonly on: 'both' | 0 | 1;
  /** What its author decided before anybody was told to commit. */
  decision: 'commit' | 'rollback' | null;
  /** When its author knew that it is committed everywhere. */
  acknowledgedMs: number | null;
}

export const globalName = (id: number) => `transfer-${id}`;

const none = new AbortController().signal;

/** For tests: many who move things between two nodes at once, with two-phase commits, and write down what they did. */
export class Transfers {
  readonly all: Transfer[] = [];
  /** Parts that nobody was left to end. */
  recovered = 0;
  readonly #access: readonly MysqlAccess[];
  #running = true;
  /** Resolves when both nodes can be worked with. */
  #up: Promise<void> = Promise.resolve();
  #resume: () => void = () => {};
  readonly #workers: Promise<void>[];
  /** Those who still hold what they prepared. */
  #working = 0;

  constructor(access: readonly MysqlAccess[], workers: number) {
    this.#access = access;
    this.#workers = Array.from({ length: workers }, () => this.#work());
  }

  /** From now on everybody stops at the first failure, and waits. */
  holdOn(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#up = promise;
    this.#resume = resolve;
  }

  /** Once nobody works any more: decides what was left prepared, as its author would, and lets everybody go on. */
  async recover(): Promise<void> {
    while (this.#working > 0) await pause(5, none);
    const decided = new Map(this.all.map((one) => [xidOf(one.id), one]));
    const connections = await Promise.all(this.#access.map((access) => openMysqlConnection(access)));
    for (const connection of connections) {
      for (const xid of (await preparedXids(connection)) ?? []) {
        const verb = decided.get(xid)?.decision === 'commit' ? 'COMMIT' : 'ROLLBACK';
        await connection.execute(`XA ${verb} ${xid}`);
        this.recovered++;
      }
      await connection.close();
    }
    for (const one of this.all) if (one.decision === 'commit') one.acknowledgedMs ??= Date.now();
    this.#resume();
  }

  async end(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#workers);
  }

  async #work(): Promise<void> {
    while (this.#running) {
      await this.#up;
      this.#working++;
      const connections: MysqlConnection[] = [];
      try {
        for (const access of this.#access) connections.push(await openMysqlConnection(access));
        const held = this.#up;
        while (this.#running && held === this.#up) await this.#transfer(connections);
      } catch {
        // A node is gone; what was left undone is recovered once it is back.
      } finally {
        // A session that ends leaves what it prepared to whoever recovers it.
        await Promise.all(connections.map((connection) => connection.close()));
        this.#working--;
      }
    }
  }

  async #transfer(connections: readonly MysqlConnection[]): Promise<void> {
    const on = Math.random() < 0.2 ? (Math.random() < 0.5 ? 0 : 1) : 'both';
    const transfer: Transfer = {
      id: this.all.length + 1,
      begunMs: Date.now(),
      on,
      decision: null,
      acknowledgedMs: null,
    };
    this.all.push(transfer);
    if (on === 'both') await this.#across(transfer, connections);
    else {
      transfer.decision = 'commit';
      await connections[on]!.execute(insertOf(transfer.id));
    }
    if (transfer.decision === 'commit') transfer.acknowledgedMs = Date.now();
  }

  async #across(transfer: Transfer, connections: readonly MysqlConnection[]): Promise<void> {
    const xid = xidOf(transfer.id);
    for (const connection of connections) {
      await connection.execute(`XA START ${xid}`);
      await connection.execute(insertOf(transfer.id));
      await connection.execute(`XA END ${xid}`);
    }
    await Promise.all(connections.map((connection) => connection.execute(`XA PREPARE ${xid}`)));
    transfer.decision = Math.random() < 0.05 ? 'rollback' : 'commit';
    const verb = transfer.decision === 'commit' ? 'COMMIT' : 'ROLLBACK';
    const [first, second] = Math.random() < 0.5 ? connections : connections.toReversed();
    await first!.execute(`XA ${verb} ${xid}`);
    if (Math.random() < 0.3) await pause(Math.random() * 600, none);
    await second!.execute(`XA ${verb} ${xid}`);
  }
}

const xidOf = (id: number) => `X'${Buffer.from(globalName(id)).toString('hex')}',X''`;
const insertOf = (id: number) => `INSERT INTO bank.transfer VALUES (${id}, ${id * 7})`;

/** The ids of images of `bank.transfer (id INT NOT NULL, amount INT NOT NULL)`. */
export function idsOf(images: Buffer): number[] {
  return Array.from({ length: images.length / 9 }, (_, row) => images.readInt32LE(row * 9 + 1));
}
