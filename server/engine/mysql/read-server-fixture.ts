import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { type MysqlConnection, openMysqlConnection } from './connection.ts';
import { pinReadSession } from './session.ts';

/** A real server with its binlog, and a session over which rows are read as a backup reads them. */
class ReadServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'tidemark-read-'));
  server!: MariadbServer;
  connection!: MysqlConnection;

  #firstFile = '';

  /** Statements as administrator. */
  sql(text: string, database?: string): Promise<string> {
    return this.server.sql(text, database);
  }

  async start(): Promise<void> {
    this.server = await startMariadb({ folder: join(this.folder, 'server'), ephemeral: true });
    this.connection = await this.connect();
    await pinReadSession(this.connection);
  }

  connect(): Promise<MysqlConnection> {
    const { host, port, rootSocketLogin } = this.server;
    return openMysqlConnection({ node: 's1', host, port, ...rootSocketLogin, tls: { mode: 'disable' } });
  }

  /** From here on `log` has what is written. In a new file: RESET MASTER waits a second for what was just committed. */
  async beginLog(): Promise<void> {
    const words = (await this.sql('FLUSH BINARY LOGS; SHOW MASTER STATUS')).split(/\s+/);
    this.#firstFile = words.find((word) => word.startsWith('binlog.'))!;
  }

  /** Its binlog files since `beginLog`, in order, as they are now. */
  log(): Buffer[] {
    const inside = join(this.folder, 'server');
    const names = readdirSync(inside).filter((name) => /^binlog\.\d+$/.test(name) && name >= this.#firstFile);
    return names.sort().map((name) => readFileSync(join(inside, name)));
  }

  async stop(): Promise<void> {
    await this.connection?.close();
    await this.server?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** For tests: one for all tests of a file. */
export function readServer(): ReadServer {
  const server = new ReadServer();
  beforeAll(() => server.start());
  afterAll(() => server.stop());
  return server;
}
