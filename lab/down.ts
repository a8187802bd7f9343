import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterName, clusterNames, type NodeRecord } from './node.ts';
import { endServerOf, isServerOf } from './process-check.ts';
import { readState, writeState } from './state.ts';

export type NodeStatus = NodeRecord & { running: boolean };

/** Every node that was ever brought up in `folder`, and whether it runs. */
export function labStatus(folder: string): NodeStatus[] {
  return readState(folder).nodes.map((node) => ({ ...node, running: isServerOf(node.pid, node.folder) }));
}

/** Stops the servers of these clusters, computing nodes first; their data stays. Returns the names of those that ran. */
export async function labDown(options: { folder: string; clusters?: readonly ClusterName[] }): Promise<string[]> {
  const wanted = new Set(options.clusters ?? clusterNames);
  const nodes = readState(options.folder).nodes.filter((node) => wanted.has(node.cluster));
  const ended: string[] = [];
  for (const role of ['computing', 'storage'] as const) {
    const some = await Promise.all(
      nodes
        .filter((node) => node.role === role)
        .map(async (node) =>
          (await endServerOf(node.pid, node.folder, node.engine === 'postgres' ? 'SIGINT' : 'SIGTERM'))
            ? [node.name]
            : [],
        ),
    );
    ended.push(...some.flat());
  }
  return ended;
}

/** Stops these clusters and removes their data. */
export async function labRemove(options: { folder: string; clusters?: readonly ClusterName[] }): Promise<void> {
  await labDown(options);
  const gone = new Set<ClusterName>(options.clusters ?? clusterNames);
  const state = readState(options.folder);
  if (state.nodes.length > 0) {
    writeState(options.folder, {
      filled: state.filled.filter((name) => !gone.has(name)),
      nodes: state.nodes.filter((node) => !gone.has(node.cluster)),
    });
  }
  for (const name of gone) rmSync(join(options.folder, name), { recursive: true, force: true });
}
