import type { MysqlAccess, PostgresAccess } from '#server/engine/access.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import { type ClusterName, type LabNode, nodeNamed } from './node.ts';

const tls = { mode: 'disable' } as const;

/** How the commands open a cluster of the lab: with user `tidemark` and its password, over TCP. */
export function clusterAccessOf(nodes: readonly LabNode[], cluster: ClusterName): ClusterAccess {
  const id = `lab-${cluster}`;
  if (cluster === 'shop') return { kind: 'mysql', id, name: cluster, node: mysqlAccessOf(nodeNamed(nodes, 'shop')) };
  if (cluster === 'warehouse') {
    return { kind: 'postgres', id, name: cluster, computing: postgresAccessOf(nodeNamed(nodes, 'warehouse')) };
  }
  const node = nodeNamed(nodes, `${cluster}-computing`);
  const storage = { user: node.user, password: node.password, tls };
  return { kind: 'fdw', id, name: cluster, computing: postgresAccessOf(node), storage };
}

export function mysqlAccessOf(node: LabNode): MysqlAccess {
  const { name, host, port, user, password } = node;
  return { node: name, host, port, user, password, tls };
}

export function postgresAccessOf(node: LabNode): PostgresAccess {
  const { name, host, port, database, user, password } = node;
  return { node: name, host, port, database, user, password, tls };
}
