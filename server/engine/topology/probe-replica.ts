import type { Clock } from '#server/base/clock.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { NodeCheck } from '#server/contract/cluster.ts';
import type { MysqlAccess } from '../access.ts';
import { bad, ok, warn } from '../checks/finding.ts';
import { catchUp, replicaAccess } from '../mysql/replica.ts';

/** A person is waiting for the answer: one that lags more is fit for a backup at another time. */
const lagSeconds = 5;

/** Whether the replica of a storage node could be read instead of it now. Fails only when cancelled. */
export async function probeReplica(
  primary: MysqlAccess,
  replica: { host: string; port: number },
  { clock, signal }: { clock: Clock; signal?: AbortSignal },
): Promise<NodeCheck> {
  const [id, label] = ['replica', 'Replica'];
  const where = `${replica.host}:${replica.port}`;
  const start = clock.monotonicMs();
  try {
    await catchUp(primary, replicaAccess(primary, replica), { clock, signal, lagSeconds });
    const ms = Math.ceil(clock.monotonicMs() - start);
    return { node: primary.node, ...ok(id, label, `${where} had everything of this node within ${ms} ms`) };
  } catch (error) {
    if (signal?.aborted || !(error instanceof TidemarkError)) throw error;
    const finding = error.message.includes('behind its primary') ? warn : bad;
    return { node: primary.node, ...finding(id, label, error.message, error.hint) };
  }
}

/** A replica that is registered for a node that is not there. */
export function replicaOfNobody(node: string, nodes: readonly string[]): NodeCheck {
  const fix = `Register it for one of ${nodes.join(', ')}, or take it away.`;
  return { node, ...bad('replica', 'Replica', `a replica is registered for node ${node}, which is not there`, fix) };
}
