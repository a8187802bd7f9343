import { type ClusterKind, parseReplicaAddress, type ReplicaAddress } from '#server/contract/cluster.ts';
import type { Session } from '../command-line.ts';
import { exitCodes } from '../exit-code.ts';
import { usageError } from '../usage-error.ts';

/** `node=host:port`; on kind mysql, whose only node is named like the cluster, `host:port` is enough. Errors: usage. */
export function replicaOf(text: string, cluster: { name: string; kind: ClusterKind }): ReplicaAddress {
  const found = parseReplicaAddress(text, cluster.kind === 'mysql' ? cluster.name : undefined);
  if (found) return found;
  throw usageError(`"${text}" is not node=host:port`, 'Write the storage node, as in --replica s1=10.0.0.5:3306.');
}

interface Options {
  replica?: string[];
}

/** Replaces the replicas of a cluster, then looks at it; without any the cluster has none. */
export async function setClusterReplicas({ console, out }: Session, name: string, options: Options) {
  const cluster = await console.cluster.show.query({ name });
  const replicas = (options.replica ?? []).map((text) => replicaOf(text, cluster));
  await console.cluster.setReplicas.mutate({ clusterId: cluster.id, replicas });
  await console.cluster.refresh.mutate({ clusterId: cluster.id });
  const { checks } = await console.cluster.show.query({ name });
  const own = checks.filter(({ id }) => id === 'replica');
  out.result({ cluster: name, replicas, checks: own }, () =>
    replicas.length === 0
      ? `${name} has no replicas`
      : own
          .map(({ node, state, detail, fix }) => `${state.padEnd(7)} ${node}: ${detail}${fix && `\n        ${fix}`}`)
          .join('\n'),
  );
  return own.some(({ state }) => state === 'bad') ? exitCodes.failed : exitCodes.done;
}
