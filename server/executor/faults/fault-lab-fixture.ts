import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterAccessOf, mysqlAccessOf } from '#lab/cluster-access.ts';
import { type ClusterName, nodeNamed } from '#lab/node.ts';
import { type Lab, labUp } from '#lab/up.ts';
import { listKept } from '#server/catalog/kept.ts';
import { registerCluster } from '#server/cluster/register.ts';
import type { BackupInput } from '#server/contract/backup.ts';
import { hasEnded } from '#server/contract/job.ts';
import { type RestoreInput, restoreInput } from '#server/contract/restore.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { registerDestination } from '#server/destination/register.ts';
import { type MysqlConnection, openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { type AskContext, ask } from '#server/job/ask.ts';
import { type JobDetail, listJobTables, showJob } from '#server/job/show.ts';
import { startBackup } from '#server/job/start-backup.ts';
import { startRestore } from '#server/job/start-restore.ts';
import { eventually, testContext } from '#server/job/test-context.ts';
import { openStorage } from '#server/storage/open.ts';
import type { RunningExecutor } from '../loop.ts';
import { startTestExecutor, testKeyring } from '../test-executor.ts';

/** What a storage table holds, told by the node itself. */
export interface Content {
  rows: number;
  digest: string;
}

/** For tests: a control plane, registered clusters of the lab, a destination, and an executor that can be held back. */
export class FaultLab {
  readonly folder: string;
  readonly lab: Lab;
  readonly database: TestDatabase;
  readonly context: AskContext;
  readonly clusters: Record<string, string>;
  /** `store` is for the backups of tests, `base` for those that restores are made from. */
  readonly destinations: Record<'store' | 'base', string>;
  private readonly heir: RunningExecutor;
  private readonly slots: { long: number; quick: number };

  constructor(parts: Pick<FaultLab, 'folder' | 'lab' | 'database' | 'context' | 'clusters' | 'destinations'> & Heir) {
    this.folder = parts.folder;
    this.lab = parts.lab;
    this.database = parts.database;
    this.context = parts.context;
    this.clusters = parts.clusters;
    this.destinations = parts.destinations;
    this.heir = parts.heir;
    this.slots = parts.slots;
  }

  get store(): string {
    return join(this.folder, 'store');
  }

  /** Whether the executor of this process takes jobs; it answers questions always. */
  set heirWorks(works: boolean) {
    this.slots.long = works ? 4 : 0;
  }

  node(name: string) {
    return nodeNamed(this.lab.nodes, name);
  }

  sql(node: string, text: string): Promise<string> {
    return this.node(node).mariadb!.sql(text);
  }

  session(node: string): Promise<MysqlConnection> {
    return openMysqlConnection(mysqlAccessOf(this.node(node)));
  }

  async query(cluster: ClusterName, text: string): Promise<Record<string, unknown>[]> {
    const client = await this.node(`${cluster}-computing`).postgres!.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  startBackup(cluster: ClusterName, tables: string[], more: Partial<BackupInput> = {}) {
    const scope = { all: false, databases: [], schemas: [], tables, patterns: [], exclude: [] };
    const [clusterId, destinationId] = [this.clusters[cluster]!, this.destinations.store];
    return startBackup(this.context, { clusterId, destinationId, scope, method: 'logical', parallel: 1, ...more });
  }

  plan(
    cluster: ClusterName,
    backupId: string,
    tables: Partial<RestoreInput['tables'][number]>[],
    more: Partial<RestoreInput> = {},
  ) {
    const point = { kind: 'backup', backupId };
    const restore = restoreInput.parse({ clusterId: this.clusters[cluster], point, tables, parallel: 1, ...more });
    return ask(this.context, { ask: 'plan-restore', restore });
  }

  async startRestore(...asked: Parameters<FaultLab['plan']>) {
    return startRestore(this.context, { planJobId: (await this.plan(...asked)).jobId });
  }

  job(jobId: string): Promise<JobDetail> {
    return showJob(this.context, { id: jobId });
  }

  async ended(jobId: string, ms = 60_000): Promise<JobDetail> {
    try {
      return await eventually(
        'the job has ended',
        async () => {
          const job = await this.job(jobId);
          return hasEnded(job.state) ? job : null;
        },
        ms,
      );
    } catch (error) {
      console.error(await this.job(jobId), await this.lastEvents(jobId));
      throw error;
    }
  }

  async outcomes(jobId: string) {
    const { tables } = await listJobTables(this.context, { jobId });
    return tables.map(({ outcome }) => outcome);
  }

  lastEvents(jobId: string) {
    return this.database.db.jobEvent.findMany({ where: { jobId }, orderBy: { id: 'asc' } });
  }

  kept = () => listKept(this.context);

  /** Every object of the destination. */
  async objects(): Promise<string[]> {
    const storage = await openStorage({ kind: 'fs', path: this.store });
    const keys: string[] = [];
    for await (const { key } of storage.list('')) keys.push(key);
    await storage.close();
    return keys.sort();
  }

  async stop(): Promise<void> {
    await this.heir.stop();
    await this.database.close();
    await this.lab.down();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Heir {
  heir: RunningExecutor;
  slots: { long: number; quick: number };
}

export async function startFaultLab(names: readonly ClusterName[], rows: number): Promise<FaultLab> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-faults-'));
  mkdirSync(join(folder, 'store'));
  const lab = await labUp({ folder: join(folder, 'lab'), clusters: names, rows, ephemeral: true });
  const database = await startTestDatabase();
  const context = testContext(database);
  const clusters: Record<string, string> = {};
  for (const name of names) clusters[name] = await register(context, lab, name);
  const place = async (name: string) =>
    (await registerDestination(context, { name, kind: 'fs', path: join(folder, name) })).destinationId;
  const destinations = { store: await place('store'), base: await place('base') };
  const slots = { long: 4, quick: 4 };
  const heir = await startTestExecutor(database, { name: 'heir', slots, lookEveryMs: 100 });
  return new FaultLab({ folder, lab, database, context, clusters, destinations, heir, slots });
}

/** As an admin does it; `change` spoils what is entered. */
export async function register(
  context: AskContext,
  lab: Lab,
  name: ClusterName,
  change: { as?: string; password?: string; storageUser?: string; storagePassword?: string } = {},
): Promise<string> {
  const access = clusterAccessOf(lab.nodes, name);
  const entry = access.kind === 'mysql' ? access.node : access.computing;
  const { host, port } = entry;
  const database = 'database' in entry ? entry.database : '';
  const tls = { mode: 'disable' } as const;
  const storage = 'storage' in access ? access.storage : undefined;
  const { clusterId } = await registerCluster(
    { ...context, keyring: testKeyring },
    {
      name: change.as ?? name,
      kind: access.kind,
      address: { host, port, database },
      credentials: { user: entry.user, password: change.password ?? entry.password, tls },
      ...(storage && {
        storageCredentials: {
          user: change.storageUser ?? storage.user,
          password: change.storagePassword ?? storage.password,
          tls,
        },
      }),
      force: true,
    },
  );
  return clusterId;
}

/** Count and an order-free digest of all columns by name, in one statement; null when there is no such table. */
export async function contentOf(session: MysqlConnection, database: string, table: string): Promise<Content | null> {
  const columns = await session.query(
    'SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY 1',
    [database, table],
  );
  if (columns.length === 0) return null;
  const quoted = (name: unknown) => `\`${String(name).replaceAll('`', '``')}\``;
  const values = columns.map(({ name }) => `quote(${quoted(name)})`).join(', ');
  const [row] = await session.query(
    `SELECT count(*) AS n, coalesce(sum(cast(conv(left(md5(concat_ws(',', ${values})), 15), 16, 10) AS decimal(20))), 0) AS digest
       FROM ${quoted(database)}.${quoted(table)}`,
  );
  return { rows: Number(row!.n), digest: String(row!.digest) };
}
