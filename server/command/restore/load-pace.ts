import { asTidemarkError } from '#server/base/error.ts';
import type { RestorePlan } from '#server/contract/restore.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { connectedReplicas } from '#server/engine/mysql/connected-replicas.ts';
import { type NodeQuestions, nodeQuestions } from '#server/engine/mysql/node-questions.ts';
import { allPaces, type Pace, type Waiting } from '#server/engine/mysql/pace.ts';
import { ratePace } from '#server/engine/mysql/rate-pace.ts';
import { replicaLagPace } from '#server/engine/mysql/replica-lag-pace.ts';
import type { Attempt } from '../attempt.ts';
import type { TargetWorld } from './world.ts';

/** What the plan's operator allowed the loads to take, over all of them together. `pace` is undefined when nothing is bounded. */
export interface LoadPace {
  pace: Pace | undefined;
  close(): Promise<void>;
}

/** A node that cannot be asked for its replicas holds nobody back, which is told. */
export async function paceLoads(
  attempt: Attempt,
  world: TargetWorld,
  plan: Pick<RestorePlan, 'tables' | 'maxBytesPerSecond' | 'maxReplicaLagSeconds'>,
): Promise<LoadPace> {
  const { clock, cancellation } = attempt;
  const paces: Pace[] = [];
  let questions: NodeQuestions | undefined;
  if (plan.maxReplicaLagSeconds !== null) {
    const waiting = tellOfWaiting(attempt);
    const { replicas, accesses } = await replicasOf(world, plan.tables, waiting);
    questions = nodeQuestions(accesses, cancellation.stop);
    const options = { questions, replicas, clock, waiting };
    paces.push(replicaLagPace({ ...options, maxLagSeconds: plan.maxReplicaLagSeconds }));
  }
  if (plan.maxBytesPerSecond !== null) {
    paces.push(ratePace({ bytesPerSecond: plan.maxBytesPerSecond, clock, stop: cancellation.stop }));
  }
  return { pace: allPaces(paces), close: async () => questions?.close() };
}

/** The one that is registered for a node, and those that are connected to it and say where they are. */
export async function replicasOfNode(world: TargetWorld, name: string): Promise<MysqlAccess[]> {
  const { access } = world.node(name);
  const { user, password, tls } = access;
  const found = await connectedReplicas(await world.session(name), access);
  const registered = world.access.replicas?.get(name);
  if (!registered) return found;
  const { host, port } = registered;
  const others = found.filter((one) => one.host !== host || one.port !== port);
  return [{ node: `${host}:${port}`, host, port, user, password, tls }, ...others];
}

async function replicasOf(world: TargetWorld, tables: RestorePlan['tables'], { onBlind }: Waiting) {
  const names = new Set(tables.flatMap(({ fragments }) => fragments.map(({ target }) => target.node)));
  const replicas = new Map<string, string[]>();
  const accesses = new Map<string, MysqlAccess>();
  for (const name of names) {
    const found = await replicasOfNode(world, name).catch((error: unknown): MysqlAccess[] => {
      onBlind(name, asTidemarkError(error).message);
      return [];
    });
    replicas.set(
      name,
      found.map(({ node }) => node),
    );
    for (const access of found) accesses.set(access.node, access);
  }
  return { replicas, accesses };
}

/** In events, and as a sign of the node for as long as it lasts. */
function tellOfWaiting(attempt: Attempt): Waiting {
  const waited = new Map<string, number>();
  const sign = (node: string, waitsBecause: string | null) =>
    attempt.signs({
      ...{ node, replica: null, snapshotAt: null, snapshotUntil: null, historyBefore: null, history: [] },
      ...{ waitsBecause, waitedMs: waited.get(node) ?? 0 },
    });
  return {
    onWait: (node, why) => {
      attempt.event('warn', `loading into node ${node} waits: ${why}`);
      sign(node, why);
    },
    onGo: (node, waitedMs) => {
      attempt.event('info', `loading into node ${node} goes on after ${Math.round(waitedMs / 1_000)} s`);
      waited.set(node, (waited.get(node) ?? 0) + waitedMs);
      sign(node, null);
    },
    onBlind: (node, why) => attempt.event('warn', `loading into node ${node} does not wait for a replica: ${why}`),
  };
}
