import type { BankBoard } from './bank-board.ts';
import type { Lane, Step } from './lane.ts';
import { branch, settleTransfers } from './settle.ts';
import { ShardSession } from './shard-session.ts';

const database = '`postgres_$$_public`';

/** One end of a transfer: an account in a leaf. Leaf `n` lies on shard `n % 2`. */
interface End {
  readonly leaf: number;
  readonly id: bigint;
  readonly cents: number;
}

/**
 * One stream of transactions on `bank`. Promise: the sum of all balances is the same at every instant that is one for
 * both shards, and every transfer has two entries that add up to nothing.
 */
export class BankLane implements Lane {
  private readonly board: BankBoard;
  private readonly prefix: string;
  private readonly shards: readonly ShardSession[];
  private readonly decided = new Set<string>();
  private readonly opened: { id: bigint; leaf: number }[] = [];
  private count = 0;

  constructor(board: BankBoard, lane: number) {
    this.board = board;
    this.prefix = `${board.run}-${lane}-`;
    this.shards = board.shards.map((node) => new ShardSession(node));
  }

  async step(): Promise<Step> {
    const dice = Math.random();
    if (dice < 0.4) return this.transferWithin();
    if (dice < 0.7) return this.transferAcross();
    if (dice < 0.85) return this.insertTest2();
    return this.opened.length < 50 ? this.openAccount() : this.closeAccount();
  }

  async recover(): Promise<void> {
    for (const shard of this.shards) await shard.drop();
    await settleTransfers(this.shards, this.prefix, this.decided);
    this.decided.clear();
  }

  async close(): Promise<void> {
    try {
      await this.recover();
    } finally {
      for (const shard of this.shards) await shard.drop();
    }
  }

  /** Both accounts on one shard: an ordinary transaction. */
  private async transferWithin(): Promise<Step> {
    const at = pick([0, 1]);
    const cents = 1 + Math.floor(Math.random() * 500);
    const [from, to] = [this.anEnd(at + pick([0, 2]), -cents), this.anEnd(at + pick([0, 2]), cents)];
    if (from.id === to.id) return 'skipped';
    const transfer = this.nextTransfer();
    const shard = this.shards[at]!;
    await shard.execute('START TRANSACTION');
    const done = await this.move(shard, transfer, inLockOrder(from, to));
    await shard.execute(done ? 'COMMIT' : 'ROLLBACK');
    return done ? 'transaction' : 'skipped';
  }

  /** One account on each shard: prepared on both, then committed on both. */
  private async transferAcross(): Promise<Step> {
    const cents = (1 + Math.floor(Math.random() * 500)) * pick([-1, 1]);
    const ends = [this.anEnd(pick([0, 2]), -cents), this.anEnd(pick([1, 3]), cents)];
    const transfer = this.nextTransfer();
    let done = true;
    // Always shard_1 first, so that two transfers never wait for each other's locks.
    for (const [at, shard] of this.shards.entries()) {
      if (!done) break;
      await shard.execute(`XA START ${branch(transfer, at)}`);
      done = await this.move(shard, transfer, [ends[at]!]);
      await shard.execute(`XA END ${branch(transfer, at)}`);
      if (!done && at === 1) await shard.execute(`XA ROLLBACK ${branch(transfer, 1)}`);
      if (!done) await this.shards[0]!.execute(`XA ROLLBACK ${branch(transfer, 0)}`);
    }
    if (!done) return 'skipped';
    await Promise.all(this.shards.map((shard, at) => shard.execute(`XA PREPARE ${branch(transfer, at)}`)));
    this.decided.add(transfer);
    await Promise.all(this.shards.map((shard, at) => shard.execute(`XA COMMIT ${branch(transfer, at)}`)));
    this.decided.delete(transfer);
    return 'cross-shard';
  }

  /** False when an account is not there (somebody damaged or replaced the table): nothing may then be kept. */
  private async move(shard: ShardSession, transfer: string, ends: readonly End[]): Promise<boolean> {
    for (const { leaf, id, cents } of ends) {
      const changed = await shard.execute(
        `UPDATE ${database}.transfer_account_p${leaf} SET balance = balance + ${money(cents)}, updated_at = utc_timestamp(6) WHERE id = ${id}`,
      );
      if (changed !== 1) return false;
    }
    for (const { leaf, id, cents } of ends) {
      const entry = 1 + (leaf % 2);
      await shard.execute(
        `INSERT INTO ${database}.transfer_entry_${entry} VALUES (${entry}, '${transfer}', ${id}, ${money(cents)}, utc_timestamp(6))`,
      );
    }
    return true;
  }

  private async insertTest2(): Promise<Step> {
    const id = this.board.nextTestId();
    await this.shards[0]!.execute(
      `INSERT INTO ${database}.test2 (id, name, amount, flag, doc, day, at_time, ratio, raw, created_at) VALUES (${id}, 'new ${id}',
        ${Math.random().toFixed(4)}, ${id % 2n}, '{"new": true}', utc_date(), utc_time(3), ${Math.random()}, unhex(sha1(${id})), utc_timestamp(6))`,
    );
    return 'transaction';
  }

  /** Accounts come and go with an empty balance, so that rows are inserted and deleted while the sum stays. */
  private async openAccount(): Promise<Step> {
    const { id, leaf } = await this.board.nextAccount();
    await this.shards[leaf % 2]!.execute(
      `INSERT INTO ${database}.transfer_account_p${leaf} VALUES (${id}, 'newcomer-${id}', 0, 'new', utc_timestamp(6), NULL)`,
    );
    this.opened.push({ id, leaf });
    return 'transaction';
  }

  private async closeAccount(): Promise<Step> {
    const { id, leaf } = this.opened.shift()!;
    const removed = await this.shards[leaf % 2]!.execute(
      `DELETE FROM ${database}.transfer_account_p${leaf} WHERE id = ${id} AND status = 'new'`,
    );
    return removed === 1 ? 'transaction' : 'skipped';
  }

  private anEnd(leaf: number, cents: number): End {
    return { leaf, cents, id: pick(this.board.accounts[leaf]!) };
  }

  private nextTransfer(): string {
    this.count += 1;
    return this.prefix + this.count;
  }
}

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)]!;
}

function inLockOrder(a: End, b: End): End[] {
  return a.leaf < b.leaf || (a.leaf === b.leaf && a.id < b.id) ? [a, b] : [b, a];
}

function money(cents: number): string {
  return (cents / 100).toFixed(2);
}
