import { toFailure } from '#server/base/error.ts';
import { restoreHistory } from '#server/catalog/restore-history.ts';
import { storeTopology, storeTopologyError } from '#server/cluster/store-topology.ts';
import type { Attempt } from '#server/command/attempt.ts';
import type { InspectQuestion } from '#server/contract/inspect.ts';
import type { Answers } from '#server/job/ask.ts';
import { readClusterChanges } from './cluster-changes.ts';
import { readClusterCoverage } from './cluster-coverage.ts';
import { connectCluster, connectForTest } from './connect.ts';
import { openBackupFor } from './restore-source.ts';
import type { Outcome, Runner, World } from './runner.ts';

type Question<A extends InspectQuestion['ask']> = Extract<InspectQuestion, { ask: A }>;

/** Answers a short question that only an executor can, because only it connects to a customer's servers. */
export const runInspect: Runner<'inspect'> = (world, attempt, { question }) => {
  switch (question.ask) {
    case 'topology':
      return topology(world, attempt, question);
    case 'test-connection':
      return testConnection(world, attempt, question);
    case 'plan-restore':
      return planRestore(world, attempt, question);
    case 'coverage':
      return coverage(world, attempt, question);
    case 'changes':
      return changes(world, attempt, question);
  }
};

async function topology(world: World, attempt: Attempt, { clusterId }: Question<'topology'>): Promise<Outcome> {
  try {
    const { inspectCluster } = await import('#server/command/inspect/inspect-cluster.ts');
    const access = await connectCluster(world, clusterId);
    const seen = await inspectCluster(access, { signal: attempt.cancellation.stop, clock: attempt.clock });
    const { takenAt, nodes, tables } = seen.topology;
    const result: Answers['topology'] = { takenAt, nodes: nodes.length, tables: tables.length };
    return { state: 'succeeded', result, commit: (rows) => storeTopology(rows, clusterId, seen) };
  } catch (error) {
    const failure = toFailure(error);
    return { state: 'failed', error: failure, commit: (rows) => storeTopologyError(rows, clusterId, failure) };
  }
}

async function testConnection(world: World, attempt: Attempt, question: Question<'test-connection'>): Promise<Outcome> {
  const { testConnection: test } = await import('#server/command/inspect/test-connection.ts');
  const access = connectForTest(world.keyring, question);
  const { topology: seen, checks } = await test(access, { signal: attempt.cancellation.stop, clock: attempt.clock });
  const result: Answers['test-connection'] = { nodes: seen.nodes, checks };
  return { state: 'succeeded', result };
}

async function planRestore(world: World, attempt: Attempt, { restore }: Question<'plan-restore'>): Promise<Outcome> {
  const { planRestore: plan } = await import('#server/command/restore/plan.ts');
  const now = attempt.clock.now();
  const [source, target, history] = await Promise.all([
    world.db.cluster.findUnique({ where: { id: restore.clusterId }, select: { name: true, kind: true } }),
    connectCluster(world, restore.intoClusterId ?? restore.clusterId),
    restoreHistory(world),
  ]);
  const from = await openBackupFor(world, restore, source?.kind ?? '', now);
  try {
    const { backupId, destinationName, storage, clusterName, logs } = from;
    const result: Answers['plan-restore'] = await plan({
      restore,
      backupId,
      destinationName,
      storage,
      ...(logs && { logs }),
      sourceClusterName: source?.name ?? clusterName,
      target,
      history,
      now,
    });
    return { state: 'succeeded', result };
  } finally {
    await from.close();
  }
}

async function coverage(world: World, attempt: Attempt, question: Question<'coverage'>): Promise<Outcome> {
  const result: Answers['coverage'] = await readClusterCoverage(world, { ...question, now: attempt.clock.now() });
  return { state: 'succeeded', result };
}

async function changes(world: World, attempt: Attempt, question: Question<'changes'>): Promise<Outcome> {
  const asked = { ...question, now: attempt.clock.now(), signal: attempt.cancellation.stop };
  const result: Answers['changes'] = await readClusterChanges(world, asked);
  return { state: 'succeeded', result };
}
