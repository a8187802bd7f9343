import { chmodSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bank } from './clusters/bank.ts';
import { bank2 } from './clusters/bank2.ts';
import { shop } from './clusters/shop.ts';
import { warehouse } from './clusters/warehouse.ts';
import { labDown, labRemove, labStatus, type NodeStatus } from './down.ts';
import { startMariadb } from './mariadb-server.ts';
import {
  type ClusterName,
  type ClusterPlan,
  type ClusterSecrets,
  clusterNames,
  type LabNode,
  type NodePlan,
} from './node.ts';
import { ensurePackages, type PackageName } from './packages.ts';
import { startPostgres } from './postgres-server.ts';
import { freePort } from './server-process.ts';
import { clusterSecrets, readState, withLogins, writeState } from './state.ts';

export interface LabOptions {
  /** Where everything lies; made when missing. */
  folder: string;
  clusters?: readonly ClusterName[];
  /** Rows of the largest table (`transfer_account`, `orders`); the others follow. Default 1,000,000. */
  rows?: number;
  /** true: the servers outlive this process. Default false. */
  detached?: boolean;
  /** Quick and forgetful servers, for tests. */
  ephemeral?: boolean;
  /** Use the lab's own ports (15400 and up) where they are free. Default false: any free ports. */
  fixedPorts?: boolean;
  /** Told what is being done, in words. */
  onStep?: (step: string) => void;
}

export interface Lab {
  readonly folder: string;
  readonly nodes: readonly LabNode[];
  /** Stops what runs; the data stays. */
  down(): Promise<void>;
}

const plans: Record<ClusterName, ClusterPlan> = { bank, bank2, shop, warehouse };

/**
 * Brings clusters up: starts what does not run, fills what was never filled, leaves the rest as it is. A cluster whose
 * filling was interrupted is made anew. Errors: `package/missing`, `node/unreachable`; servers of the failed cluster
 * are stopped.
 */
export async function labUp(options: LabOptions): Promise<Lab> {
  const folder = resolve(options.folder);
  const clusters = options.clusters ?? clusterNames;
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  await ensurePackages(packagesFor(clusters));
  const nodes: LabNode[] = [];
  // One after the other: two cores are busy with one.
  for (const cluster of clusters) nodes.push(...(await clusterUp(folder, cluster, options)));
  return { folder, nodes, down: async () => void (await labDown({ folder, clusters })) };
}

async function clusterUp(folder: string, cluster: ClusterName, options: LabOptions): Promise<LabNode[]> {
  const say = options.onStep ?? (() => {});
  const plan = plans[cluster];
  if (!readState(folder).filled.includes(cluster)) await labRemove({ folder, clusters: [cluster] });
  const clusterFolder = join(folder, cluster);
  mkdirSync(clusterFolder, { recursive: true, mode: 0o711 });
  chmodSync(clusterFolder, 0o711);
  const secrets = clusterSecrets(folder, cluster);
  const before = labStatus(folder);
  say(`${cluster}: starting ${plan.nodes.map((node) => node.name).join(', ')}`);
  const started = await Promise.allSettled(
    plan.nodes.map((node) => nodeUp(join(clusterFolder, node.name), cluster, node, secrets, options, before)),
  );
  const nodes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  record(folder, nodes);
  try {
    const failed = started.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    if (!readState(folder).filled.includes(cluster)) {
      say(`${cluster}: creating tables and rows`);
      await plan.fill(nodes, secrets, options.rows ?? 1_000_000);
      const state = readState(folder);
      writeState(folder, { ...state, filled: [...state.filled, cluster] });
    } else {
      await plan.movePorts?.(nodes);
    }
  } catch (error) {
    await labDown({ folder, clusters: [cluster] });
    throw error;
  }
  return nodes;
}

async function nodeUp(
  folder: string,
  cluster: ClusterName,
  plan: NodePlan,
  secrets: ClusterSecrets,
  options: LabOptions,
  before: readonly NodeStatus[],
): Promise<LabNode> {
  const known = before.find((node) => node.name === plan.name);
  if (known?.running) return withLogins(known, secrets);
  const wanted = known?.port ?? (options.fixedPorts ? plan.port : undefined);
  const port = wanted !== undefined && (await freePort(wanted)) === wanted ? wanted : undefined;
  const start = { folder, port, ephemeral: options.ephemeral, detached: options.detached };
  const { name, role, engine, database } = plan;
  const own = { name, cluster, role, engine, database, folder, user: 'tidemark' };
  if (engine === 'postgres') {
    const postgres = await startPostgres(start);
    const { host, socket, dataFolder, logFile, pid } = postgres;
    const record = { ...own, host, port: postgres.port, socket, socketUser: 'postgres', dataFolder, logFile, pid };
    return { ...withLogins(record, secrets), postgres };
  }
  const config = { innodb_buffer_pool_size: options.ephemeral ? '64M' : '256M', ...plan.config };
  const mariadb = await startMariadb({ ...start, serverId: plan.serverId, config });
  const { host, socket, socketUser, dataFolder, logFile, pid } = mariadb;
  const record = { ...own, host, port: mariadb.port, socket, socketUser, dataFolder, logFile, pid };
  return { ...withLogins(record, secrets), mariadb };
}

/** The pids go on disk before the filling, so that `down` finds the servers of an interrupted `up` too. */
function record(folder: string, nodes: readonly LabNode[]): void {
  const state = readState(folder);
  const fresh = nodes.map(({ password: _1, appUser: _2, appPassword: _3, mariadb: _4, postgres: _5, ...rest }) => rest);
  const others = state.nodes.filter((node) => !fresh.some((other) => other.name === node.name));
  writeState(folder, { ...state, nodes: [...others, ...fresh] });
}

function packagesFor(clusters: readonly ClusterName[]): PackageName[] {
  const needs: Record<ClusterName, PackageName[]> = {
    bank: ['mariadb-server', 'postgresql-15', 'postgresql-15-mysql-fdw'],
    bank2: ['mariadb-server', 'postgresql-15', 'postgresql-15-mysql-fdw'],
    shop: ['mariadb-server'],
    warehouse: ['postgresql-15'],
  };
  return [...new Set(clusters.flatMap((cluster) => needs[cluster]))];
}
