import { type MysqlConnection, openMysqlConnection } from '#server/engine/mysql/connection.ts';
import type { Row } from '#server/engine/mysql/protocol/row.ts';
import type { LabNode } from '../node.ts';

/** A session of the application on one node, opened when first needed and again after it was lost. */
export class ShardSession {
  readonly node: LabNode;
  private connection: MysqlConnection | undefined;

  constructor(node: LabNode) {
    this.node = node;
  }

  async query(sql: string): Promise<Row[]> {
    return (await this.open()).query(sql);
  }

  /** The number of rows that were changed. */
  async execute(sql: string): Promise<number> {
    return Number((await (await this.open()).execute(sql)).affectedRows);
  }

  /** Ends the session, and with it whatever transaction was open; the next statement opens another. */
  async drop(): Promise<void> {
    const connection = this.connection;
    this.connection = undefined;
    await connection?.close();
  }

  private async open(): Promise<MysqlConnection> {
    if (this.connection?.failure !== undefined) this.connection = undefined;
    const { name, host, port, appUser, appPassword } = this.node;
    this.connection ??= await openMysqlConnection({
      node: name,
      host,
      port,
      user: appUser,
      password: appPassword,
      tls: { mode: 'disable' },
    });
    return this.connection;
  }
}
