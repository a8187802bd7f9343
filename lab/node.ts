import type { NodeEngine, NodeRole } from '#server/contract/cluster.ts';
import type { MariadbConfig, MariadbServer } from './mariadb-server.ts';
import type { PostgresServer } from './postgres-server.ts';

export const clusterNames = ['bank', 'bank2', 'shop', 'warehouse'] as const;
export type ClusterName = (typeof clusterNames)[number];

/** A node as it is meant to be. `port` is the lab's own fixed one. */
export interface NodePlan {
  readonly name: string;
  readonly role: NodeRole;
  readonly engine: NodeEngine;
  readonly port: number;
  /** The database a person connects to; empty on `mysql`, which has many. */
  readonly database: string;
  readonly serverId?: number;
  readonly config?: MariadbConfig;
}

/** A node as it is: what lab.json keeps of it, nothing secret. */
export interface NodeRecord {
  readonly name: string;
  readonly cluster: ClusterName;
  readonly role: NodeRole;
  readonly engine: NodeEngine;
  readonly host: string;
  readonly port: number;
  /** MariaDB: the socket; PostgreSQL: the folder it is in. */
  readonly socket: string;
  /** An administrator who needs no password at the socket, when it is the owner of the lab who asks. */
  readonly socketUser: string;
  /** Tidemark's own user; its password is in secrets.json under the cluster's name. */
  readonly user: string;
  readonly database: string;
  readonly folder: string;
  readonly dataFolder: string;
  readonly logFile: string;
  readonly pid: number;
}

/** A running node with what is needed to use it; lives in memory only. */
export interface LabNode extends NodeRecord {
  readonly password: string;
  /** Who writes the rows: the workload, and the computing node through mysql_fdw. */
  readonly appUser: string;
  readonly appPassword: string;
  /** Set where this very process started the server: to stop it, kill it, or speak as its administrator. */
  readonly mariadb?: MariadbServer;
  readonly postgres?: PostgresServer;
}

export interface ClusterSecrets {
  readonly tidemark: string;
  readonly app: string;
}

/** What a cluster's own file says: its nodes, and how they are filled once they run. */
export interface ClusterPlan {
  readonly nodes: readonly NodePlan[];
  /** Every node is started and empty; each may be spoken to as its administrator. */
  fill(nodes: readonly LabNode[], secrets: ClusterSecrets, rows: number): Promise<void>;
  /** Called when it is started again: its storage nodes may have other ports than before. */
  movePorts?(nodes: readonly LabNode[]): Promise<void>;
}

/** The node of that name. Errors: a plain error, for this is a slip in the lab or a test. */
export function nodeNamed<T extends { name: string }>(nodes: readonly T[], name: string): T {
  const node = nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`the lab has no node ${name}`);
  return node;
}
