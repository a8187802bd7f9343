import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { type MysqlConnection, openMysqlConnection } from './connection.ts';
import { pinReadSession } from './session.ts';

/** For tests: a real server with its binlog, and a session over which rows are read as a backup reads them. */
export class ReadServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'tidemark-read-'));
  server!: MariadbServer;
  connection!: MysqlConnection;

  /** Where its binlog files lie. */
  get data(): string {
    return join(this.folder, 'server');
  }

  async start(): Promise<void> {
    this.server = await startMariadb({ folder: this.data, ephemeral: true });
    this.connection = await this.connect();
    await pinReadSession(this.connection);
  }

  connect(): Promise<MysqlConnection> {
    const { host, port, rootSocketLogin } = this.server;
    return openMysqlConnection({ node: 's1', host, port, ...rootSocketLogin, tls: { mode: 'disable' } });
  }

  async stop(): Promise<void> {
    await this.connection?.close();
    await this.server?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
