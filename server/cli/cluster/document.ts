import { formatBytes } from '#components/format/bytes.ts';
import { formatCount } from '#components/format/number.ts';
import type { NodeCheck } from '#server/contract/cluster.ts';
import type { Outputs } from '../console.ts';
import { instantCell, textFields, textTable } from '../text-table.ts';

type ClusterView = Outputs['cluster']['list'][number];
type ClusterDetail = Outputs['cluster']['show'];

/** What scripts get to see of a cluster. `seenAt`: when its tables and checks were last looked at. */
export function clusterDocument(cluster: ClusterView) {
  const { id, name, kind, address, health, checkCounts, topologyAt, topologyError, lastBackupAt } = cluster;
  return {
    id,
    name,
    kind,
    address,
    health,
    checks: checkCounts,
    nodes: cluster.nodeCount,
    tables: cluster.tableCount,
    bytes: cluster.totalBytes,
    seenAt: topologyAt,
    problem: topologyError ?? null,
    lastBackupAt,
  };
}

export function clusterDetailDocument(cluster: ClusterDetail) {
  const { checks, nodes, replicas, credentials } = cluster;
  return { ...clusterDocument(cluster), nodes, replicas, checks, credentials };
}

export const clusterTable = (clusters: readonly ClusterView[]): string =>
  textTable(
    ['name', 'kind', 'address', 'health', '>nodes', '>tables', '>size', 'last backup'],
    clusters.map((cluster) => [
      cluster.name,
      cluster.kind,
      addressText(cluster.address),
      cluster.health,
      cluster.nodeCount,
      formatCount(cluster.tableCount),
      formatBytes(cluster.totalBytes),
      instantCell(cluster.lastBackupAt),
    ]),
    'no cluster is registered',
  );

export function clusterText(cluster: ClusterDetail): string {
  const fields = textFields([
    ['cluster', `${cluster.name} (${cluster.kind})`],
    ['address', addressText(cluster.address)],
    ['tables', `${formatCount(cluster.tableCount)}, ${formatBytes(cluster.totalBytes)}`],
    ['seen', instantCell(cluster.topologyAt) ?? 'never'],
    ['last backup', instantCell(cluster.lastBackupAt)],
    ...cluster.replicas.map(({ node, host, port }) => [`replica of ${node}`, `${host}:${port}`] as [string, string]),
    ...cluster.credentials.map(
      ({ purpose, user, tlsMode }) => [`${purpose} user`, `${user}, TLS ${tlsMode}`] as [string, string],
    ),
  ]);
  const nodes = textTable(
    ['node', 'role', 'address', 'version', '>free', 'reachable'],
    cluster.nodes.map((node) => [
      node.name,
      node.role,
      `${node.host}:${node.port}`,
      node.version,
      node.freeBytes === null ? null : formatBytes(node.freeBytes),
      node.reachable ? 'yes' : 'no',
    ]),
    'no node was seen yet',
  );
  return [fields, nodes, checkText(cluster.checks)].join('\n\n');
}

/** Every check that is not ok, with what to do; how many are. */
export function checkText(checks: readonly NodeCheck[]): string {
  const good = checks.filter(({ state }) => state === 'ok').length;
  const others = checks
    .filter(({ state }) => state !== 'ok')
    .map(
      ({ state, node, label, detail, fix }) =>
        `${state.padEnd(7)} ${node}: ${label}: ${detail}${fix && `\n        ${fix}`}`,
    );
  return [...others, `${good} of ${checks.length} checks are ok`].join('\n');
}

function addressText({ host, port, database }: ClusterView['address']): string {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return database === '' ? where : `${where}/${database}`;
}
