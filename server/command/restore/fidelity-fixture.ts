import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { type MariadbConfig, type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import type { TableOutcome } from '#server/contract/job.ts';
import { type RestorePlan, restoreInput, restorePlan } from '#server/contract/restore.ts';
import { scopeInput } from '#server/contract/scope.ts';
import { formatTableName } from '#server/contract/table-name.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage } from '#server/storage/open.ts';
import { backup } from '../backup/backup.ts';
import { type SeenTable, seenIn } from './fidelity-content-fixture.ts';
import { planRestore } from './plan.ts';
import { restore } from './restore.ts';
import { TestJob } from './restore-fixture.ts';

/** A table to bring back: statements that make and fill it, with `$t` for its name, run in a database of its theme. */
export interface FidelityCase {
  /** What is guaranteed, as the end of "comes back: …". */
  readonly what: string;
  readonly sql: string;
  /** Default: `t` and its number in the theme. */
  readonly table?: string;
  /** It has no rows, and that is meant. */
  readonly empty?: true;
}

/** What became of a table: null where it came back, else why not. */
export type Fates = Map<string, string | null>;

export interface TripOptions {
  foreignKeys?: boolean;
  triggers?: boolean;
}

/** Tables are filled as an application without strict modes fills them. */
const fillSession = `SET NAMES utf8mb4; SET time_zone = '+00:00', check_constraint_checks = 1, timestamp = DEFAULT,
  sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION';`;

/** For tests: one real server as a cluster of kind `mysql`, and a place for backups. */
export async function startFidelity(options: FidelityOptions = {}): Promise<Fidelity> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-fidelity-'));
  const store = options.store ?? join(folder, 'store');
  options.fill?.(store);
  const server = await startMariadb({ folder: join(folder, 'server'), ephemeral: true, config: options.config ?? {} });
  return new Fidelity(folder, server, await openStorage({ kind: 'fs', path: store }));
}

export interface FidelityOptions {
  config?: MariadbConfig;
  /** Where backups go, and stay. Default: a folder that goes with the server. */
  store?: string;
  /** Puts something there before it is opened. */
  fill?: (store: string) => void;
}

export const tableNameOf = ({ table }: FidelityCase, n: number): string => table ?? `t${n}`;

export class Fidelity {
  readonly folder: string;
  readonly server: MariadbServer;
  readonly storage: Storage;

  constructor(folder: string, server: MariadbServer, storage: Storage) {
    this.folder = folder;
    this.server = server;
    this.storage = storage;
  }

  get access(): ClusterAccess {
    const { host, port, rootSocketLogin } = this.server;
    const node = { node: 's1', host, port, ...rootSocketLogin, tls: { mode: 'disable' as const } };
    return { kind: 'mysql', id: 'c', name: 'c', node };
  }

  /** Makes the tables of a theme. */
  async make(database: string, cases: readonly FidelityCase[]): Promise<void> {
    const statements = cases.map((one, n) => {
      const name = `\`${tableNameOf(one, n).replaceAll('`', '``')}\``;
      return `${fillSession}${one.sql.replaceAll('$t', () => name)};`;
    });
    await this.server.sql(
      `CREATE DATABASE ${database} CHARACTER SET utf8mb4; USE ${database};${statements.join('\n')}`,
    );
  }

  /** Backs up a whole database and restores each of its tables, under its own name, into `<database>_back`. */
  async trip(database: string, options: TripOptions = {}): Promise<Fates> {
    const { backupId, tables } = await this.backUp(database);
    const taken = tables.filter(({ error }) => error === null).map(({ source }) => source);
    const fates = await this.bringBack(backupId, database, taken, options);
    for (const { source, error } of tables) if (error) fates.set(source, `not taken: ${error.message}`);
    return fates;
  }

  backUp(database: string) {
    return takeDatabase(this, database);
  }

  bringBack(backupId: string, database: string, sources: readonly string[], options: TripOptions = {}): Promise<Fates> {
    return bringBack(this, backupId, database, sources, options);
  }

  plan(backupId: string, database: string, sources: readonly string[], options: TripOptions = {}) {
    return planBack(this, backupId, database, sources, options);
  }

  nameOf(database: string, table: string): string {
    return formatTableName({ database, schema: '', table });
  }

  seen(database: string): Promise<Map<string, SeenTable>> {
    return seenIn(this.server, database);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.storage.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Where backups are taken from and brought back to. */
interface World {
  readonly access: ClusterAccess;
  readonly storage: Storage;
}

export async function takeDatabase(
  { access, storage }: World,
  database: string,
): Promise<{ backupId: string; tables: TableOutcome[] }> {
  const backupId = ulid().toLowerCase();
  const scope = scopeInput.parse({ databases: [database] });
  const command = { backupId, cluster: access, storage, scope, parallel: 2 };
  const { tables } = await backup(new TestJob().attempt(), command);
  return { backupId, tables };
}

export async function bringBack(
  world: World,
  backupId: string,
  database: string,
  sources: readonly string[],
  options: TripOptions = {},
): Promise<Fates> {
  const plan = await planBack(world, backupId, database, sources, options);
  const { access: target, storage } = world;
  const { tables } = await restore(new TestJob().attempt(), { plan, storage, target });
  return new Map(tables.map(({ source, error }) => [source, error ? `not restored: ${error.message}` : null]));
}

/** The plan of restoring tables, under their own names, into `<database>_back`. */
async function planBack(
  { access, storage }: World,
  backupId: string,
  database: string,
  sources: readonly string[],
  options: TripOptions,
): Promise<RestorePlan> {
  const target = (source: string) => source.replace(database, `${database}_back`);
  const made = await planRestore({
    restore: restoreInput.parse({
      clusterId: 'c',
      point: { kind: 'backup', backupId },
      tables: sources.map((source) => ({ source, target: target(source) })),
      foreignKeys: options.foreignKeys ?? false,
      triggers: options.triggers ?? false,
    }),
    backupId,
    destinationName: 'store',
    storage,
    sourceClusterName: 'c',
    target: access,
    history: [],
    now: new Date(),
  });
  return restorePlan.parse(JSON.parse(JSON.stringify(made)));
}
