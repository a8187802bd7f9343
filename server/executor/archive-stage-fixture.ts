import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { mariadbUsers } from '#lab/users.ts';
import { registerCluster, type SecretContext } from '#server/cluster/register.ts';
import { binlogsOf, readArchive } from '#server/command/archive/archive-fixture.ts';
import type { StreamView } from '#server/contract/log-archive.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { registerDestination } from '#server/destination/register.ts';
import { eventually, testContext } from '#server/job/test-context.ts';
import { showArchive } from '#server/log-archive/show.ts';
import { startArchive } from '#server/log-archive/start.ts';
import { openStorage } from '#server/storage/open.ts';
import { Executors } from './executors-fixture.ts';
import type { RunningExecutor } from './loop.ts';
import { testKeyring } from './test-executor.ts';

/** A cluster whose archive is wanted, and where its log goes. */
export interface Archived {
  readonly clusterId: string;
  readonly path: string;
  stream(): Promise<StreamView>;
  until(what: string, is: (stream: StreamView) => boolean, ms?: number): Promise<StreamView>;
}

export const password = 'tidemark-secret';

/** For tests: a real database of ours, a real server whose log is archived, and executors here and in processes. */
export class ArchiveStage {
  database!: TestDatabase;
  context!: SecretContext & ReturnType<typeof testContext>;
  node!: MariadbServer;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tidemark-archives-'));
  readonly #executors = new Executors();
  #made = 0;
  #rows = 0;

  async open(): Promise<void> {
    const starting = startMariadb({ folder: join(this.#folder, 's1'), ephemeral: true });
    this.database = await startTestDatabase();
    this.context = { ...testContext(this.database), keyring: testKeyring };
    this.node = await starting;
    await this.node.sql(`${mariadbUsers({ tidemark: password, app: 'app-secret' })};
      CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, at DATETIME(6))`);
  }

  /** Ends all executors; nothing is wanted any more. */
  async clear(): Promise<void> {
    await this.#executors.end();
    await this.database.db.logArchive.deleteMany();
  }

  async close(): Promise<void> {
    if (this.database) await this.clear();
    await this.node?.stop();
    await this.database?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async wantArchive(given = password): Promise<Archived> {
    const name = `c${++this.#made}`;
    const path = join(this.#folder, name);
    const { host, port } = this.node;
    const { clusterId } = await registerCluster(this.context, {
      ...{ name, kind: 'mysql', address: { host, port, database: '' } },
      credentials: { user: 'tidemark', password: given, tls: { mode: 'disable' } },
    });
    const seen = { version: null, flavor: null, reachable: true };
    await this.database.db.node.create({
      data: { clusterId, name, role: 'storage', engine: 'mysql', host, port, ...seen },
    });
    const { destinationId } = await registerDestination(this.context, { name, kind: 'fs', path });
    await startArchive(this.context, { clusterId, destinationId });
    const stream = async () => (await showArchive(this.context, { id: clusterId })).streams[0]!;
    const until = (what: string, is: (stream: StreamView) => boolean, ms = 20_000) =>
      eventually(
        what,
        async () => {
          const now = await stream();
          return is(now) ? now : null;
        },
        ms,
      );
    return { clusterId, path, stream, until };
  }

  start(name = 'e1'): Promise<RunningExecutor> {
    return this.#executors.start(this.database, { name, lookEveryMs: 1_000 });
  }

  startChild(name: string): Promise<ChildProcess> {
    return this.#executors.startProcess(this.database, name);
  }

  async write(): Promise<void> {
    await this.node.sql(`INSERT INTO shop.t VALUES (${++this.#rows}, now(6))`);
  }

  /** Whether a stream reaches to where the log ends at this moment. */
  async reachesEnd(): Promise<(stream: StreamView) => boolean> {
    const words = (await this.node.sql('SHOW MASTER STATUS')).split(/\s+/);
    const file = words.find((word) => word.startsWith('binlog.'));
    const position = Number(words.find((word) => /^\d+$/.test(word)));
    return ({ reached }) => reached?.file === file && Number(reached?.position) >= position;
  }

  /** What lies in the repository, by key. */
  async objects({ path }: Archived): Promise<string[]> {
    const storage = await openStorage({ kind: 'fs', path });
    try {
      const keys: string[] = [];
      for await (const { key } of storage.list('')) keys.push(key);
      return keys.sort();
    } finally {
      await storage.close();
    }
  }

  /** Everything in the repository is proven, and as far as it is archived the server's log is there, byte for byte. */
  async proveWhole({ path, stream }: Archived): Promise<void> {
    const { id, reached } = await stream();
    expect(reached).not.toBeNull();
    const storage = await openStorage({ kind: 'fs', path });
    try {
      const archived = await readArchive(storage, { tail: true, streamId: id });
      for (const [name, bytes] of binlogsOf(this.node)) {
        if (name > reached!.file) continue;
        const copy = [...archived.files].find(([key]) => key.endsWith(`:${name}`))?.[1];
        const whole = name === reached!.file ? Number(reached!.position) : bytes.length;
        expect(copy?.bytes.subarray(0, whole).equals(bytes.subarray(0, whole)), name).toBe(true);
      }
      expect(archived.summaries.every(({ gap }) => gap === null)).toBe(true);
    } finally {
      await storage.close();
    }
  }
}
