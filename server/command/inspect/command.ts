import type { NodeCheck, Topology } from '#server/contract/cluster.ts';

export interface InspectResult {
  topology: Topology;
  checks: NodeCheck[];
}
