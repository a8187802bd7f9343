import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { MariadbOptions, MariadbServer } from '#lab/mariadb-server.ts';
import { type RestoreInput, type RestorePlan, restoreInput, restorePlan } from '#server/contract/restore.ts';
import type { RestorePoint } from '#server/contract/restore-point.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import { ArchiveFixture, accessOf, RunningArchive, stream } from '../archive/archive-fixture.ts';
import type { ArchiveCommand } from '../archive/command.ts';
import { CoverageCache } from '../coverage/read-coverage.ts';
import { makeBackup } from './backup-fixture.ts';
import type { RestoreResult } from './command.ts';
import type { LogSource } from './node-logs.ts';
import { planRestore } from './plan.ts';
import { restore } from './restore.ts';
import { TestJob } from './restore-fixture.ts';

/** For tests: what tables held, and where their server's log stood then. */
export interface Moment {
  /** Of the last transaction. */
  readonly gtid: string;
  readonly at: Date;
  /** By table: its rows as text, in an order of their own. */
  readonly rows: ReadonlyMap<string, string[]>;
}

/** For tests: a server whose log is archived, backups of it, and restores to points. */
export class PointFixture extends ArchiveFixture {
  node!: MariadbServer;
  archive!: RunningArchive;
  /** Tables that a moment looks at. */
  readonly watched: string[] = [];
  private restores = 0;

  async start(options: Partial<MariadbOptions> = {}): Promise<void> {
    await this.open();
    this.node = await this.server('one', options);
    this.beginArchive();
  }

  beginArchive(sizes: ArchiveCommand['sizes'] = {}): void {
    const { storage, node: server } = this;
    this.archive = new RunningArchive({ storage, stream, node: accessOf(server), begin: 'oldest', sizes });
  }

  override async close(): Promise<void> {
    await this.archive?.stop().catch(() => {});
    await super.close();
  }

  get access(): ClusterAccess {
    const { id, name } = stream.cluster;
    return { kind: 'mysql', id, name, replicas: new Map(), node: accessOf(this.node) };
  }

  sql(text: string): Promise<string> {
    return this.node.sql(text);
  }

  backup(...tables: string[]): Promise<string> {
    return makeBackup(new TestJob().attempt(), this.access, this.storage, tables);
  }

  async rowsOf(table: string): Promise<string[]> {
    return (await this.sql(`SELECT * FROM ${table}`)).split('\n').filter(Boolean).sort();
  }

  async moment(): Promise<Moment> {
    const rows = new Map<string, string[]>();
    for (const table of this.watched) rows.set(table, await this.rowsOf(table));
    const gtid = (await this.sql('SELECT @@gtid_binlog_pos')).trim();
    return { gtid, at: new Date(), rows };
  }

  /** Until everything the server has lies in the repository. */
  async caughtUp(): Promise<void> {
    const since = Date.now();
    const look = () => {
      const file = readdirSync(this.node.folder)
        .filter((name) => /^binlog\.\d{6}$/.test(name))
        .sort()
        .at(-1)!;
      const { size } = statSync(join(this.node.folder, file));
      const { durable, caughtUpAt } = this.archive.status ?? {};
      const isThere = durable?.file === file && Number(durable.position) === size;
      if (!isThere || +(caughtUpAt ?? 0) < since) throw new Error('the archive is behind its server');
    };
    await vi.waitFor(look, { timeout: 20_000, interval: 20 });
  }

  get logs(): LogSource {
    const { storage, archive } = this;
    const until = archive.status?.caughtUpAt;
    return {
      clusterId: stream.cluster.id,
      places: [{ storage, cache: new CoverageCache() }],
      archivedUntil: new Map(until ? [[stream.id, until]] : []),
    };
  }

  async plan(
    backupId: string,
    point: RestorePoint,
    tables: Partial<RestoreInput['tables'][number]>[],
    options: Partial<RestoreInput> = {},
  ): Promise<RestorePlan> {
    const { storage, logs, access } = this;
    const made = await planRestore({
      restore: restoreInput.parse({ clusterId: stream.cluster.id, point, tables, ...options }),
      ...{ backupId, destinationName: 'store', storage, logs, sourceClusterName: 'c', target: access },
      ...{ history: [], now: new Date() },
    });
    return restorePlan.parse(JSON.parse(JSON.stringify(made)));
  }

  run(plan: RestorePlan, job = new TestJob()): Promise<RestoreResult> {
    const { storage, logs, folder, access } = this;
    return restore(job.attempt(), { plan, storage, target: access, catchUp: { logs, scratchFolder: folder } });
  }

  /** Restores a table beside itself, and answers with its outcome and the rows it has then. */
  async restored(backupId: string, point: RestorePoint, table: string) {
    const target = `${table}_${++this.restores}`;
    const plan = await this.plan(backupId, point, [{ source: table, target }]);
    expect(plan.tables[0]!.problem).toBeNull();
    const { tables, timings } = await this.run(plan);
    expect(tables[0]!.error).toBeNull();
    return { plan, outcome: tables[0]!, timings, rows: await this.rowsOf(target), target };
  }
}
