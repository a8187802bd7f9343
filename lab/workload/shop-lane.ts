import type { LabNode } from '../node.ts';
import type { Lane, Step } from './lane.ts';
import { ShardSession } from './shard-session.ts';

/** One stream of orders: placed with their items in one transaction, moved on, some cancelled with everything of theirs. */
export class ShopLane implements Lane {
  private readonly session: ShardSession;
  private orders: string[] = [];

  constructor(node: LabNode) {
    this.session = new ShardSession(node);
  }

  async step(): Promise<Step> {
    const dice = Math.random();
    if (this.orders.length < 20 || dice < 0.5) return this.place();
    const order = this.orders[Math.floor(Math.random() * this.orders.length)]!;
    if (dice < 0.85) {
      await this.session.execute(
        `UPDATE shop.orders SET state = elt(1 + floor(rand() * 3), 'paid', 'sent', 'back') WHERE id = ${order}`,
      );
      return 'transaction';
    }
    this.orders = this.orders.filter((id) => id !== order);
    await this.session.execute(`DELETE FROM shop.orders WHERE id = ${order}`);
    return 'transaction';
  }

  async recover(): Promise<void> {
    await this.session.drop();
  }

  async close(): Promise<void> {
    await this.session.drop();
  }

  private async place(): Promise<Step> {
    const { session } = this;
    await session.execute('START TRANSACTION');
    const customer = 'SELECT id FROM shop.customers ORDER BY id LIMIT 1';
    await session.execute(
      `INSERT INTO shop.orders (customer_id, total, note) VALUES ((${customer}), ${Math.floor(Math.random() * 900)}, 'from the workload')`,
    );
    const [row] = await session.query('SELECT last_insert_id() AS id');
    const order = String(row!.id);
    const lines = [1, 2, 3].slice(0, 1 + Math.floor(Math.random() * 3));
    const items = lines.map((line) => `(${order}, ${line}, 'p${line}', ${line}, 2.50)`);
    await session.execute(
      `INSERT INTO shop.order_items (order_id, line, product, quantity, price) VALUES ${items.join(', ')}`,
    );
    await session.execute('COMMIT');
    this.orders.push(order);
    return 'transaction';
  }
}
