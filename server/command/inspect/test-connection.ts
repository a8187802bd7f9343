import type { Clock } from '#server/base/clock.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import { surveyFdw } from '#server/engine/topology/fdw.ts';
import { type NodeProbe, probeComputing, probeStorage } from '#server/engine/topology/probe.ts';
import { unsupportedKind } from '#server/engine/topology/unsupported.ts';
import type { InspectResult } from './command.ts';

/**
 * The quick look before a cluster is registered: is each node reached, what is it, what is wrong with it. Tables are not
 * listed. A node that fails, the computing one too, is in the result with a bad check and its reason.
 * Errors: `node/unsupported` for kinds that cannot be read yet.
 */
export async function testConnection(
  access: ClusterAccess,
  options: { signal?: AbortSignal; clock: Clock },
): Promise<InspectResult> {
  const takenAt = options.clock.now().toISOString();
  const probes = await probeNodes(access, options);
  return {
    topology: { kind: access.kind, takenAt, nodes: probes.map((probe) => probe.info), tables: [] },
    checks: probes.flatMap((probe) => probe.checks),
  };
}

async function probeNodes(
  access: ClusterAccess,
  options: { signal?: AbortSignal; clock: Clock },
): Promise<NodeProbe[]> {
  if (access.kind === 'mysql') {
    return [await probeStorage({ name: access.node.node, servers: [], access: access.node }, null, options)];
  }
  if (access.kind !== 'fdw') throw unsupportedKind(access.kind);
  const computing = await probeComputing(access.computing, (client) => surveyFdw(client, access), options);
  if (computing.answer instanceof TidemarkError) return [computing];
  const storage = await Promise.all(computing.answer.nodes.map((node) => probeStorage(node, null, options)));
  return [computing, ...storage];
}
