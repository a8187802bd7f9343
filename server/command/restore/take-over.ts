import { pause } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import { openMysqlConnection } from '#server/engine/mysql/connection.ts';
import type { TableAt } from '#server/engine/mysql/foreign-keys.ts';
import { dropScratch, dropStaged, listScratch } from '#server/engine/mysql/staging.ts';
import { endSessionsOf } from '#server/engine/mysql/swap.ts';
import type { TargetNode } from '#server/engine/topology/target-nodes.ts';
import type { RestoreContext } from './context.ts';
import { computingSessionName } from './publish.ts';
import { loadRecord } from './publish-record.ts';

/**
 * Makes sure that no earlier attempt of this job can do anything any more: its sessions on every node are ended, also
 * those of a process that only sleeps. After this, and with the lease ours, nobody but us writes for this job.
 */
export async function endEarlierAttempts(context: RestoreContext): Promise<void> {
  const { attempt, world } = context;
  if (attempt.earlierAttempts.length === 0) return;
  await attempt.lease.assertHeld();
  for (const node of answering(context)) {
    const session = await world.session(node.name);
    for (const earlier of attempt.earlierAttempts) await endSessionsOf(session, earlier);
  }
  if (world.computing) for (const earlier of attempt.earlierAttempts) await endComputing(context, earlier);
}

async function endComputing({ world, attempt }: RestoreContext, earlier: string): Promise<void> {
  const name = computingSessionName(earlier);
  const until = attempt.clock.monotonicMs() + 10_000;
  for (;;) {
    const { rows } = await world.computing!.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
      [name],
    );
    if (rows.length === 0) return;
    if (attempt.clock.monotonicMs() > until) {
      throw new TidemarkError(
        'conflict/table-busy',
        'a session of an earlier attempt does not end on the computing node',
      );
    }
    await pause(50);
  }
}

/**
 * Drops the scratch databases of attempts, with whatever works in them. Over a session of its own that a stopped job
 * still has. A node that does not answer keeps them; that is said, and nothing looks there for data.
 */
export async function dropScratchOf(context: RestoreContext, attemptIds: readonly string[]): Promise<void> {
  const { attempt } = context;
  for (const node of answering(context)) {
    try {
      const session = await openMysqlConnection(node.access, { signal: attempt.cancellation.abandon });
      try {
        for (const id of attemptIds) {
          await endSessionsOf(session, id);
          for (const scratch of await listScratch(session, id)) await dropScratch(session, scratch);
        }
      } finally {
        await session.close();
      }
    } catch (error) {
      attempt.log.warn('scratch databases could not be dropped', { node: node.name, error });
      attempt.event('warn', `scratch databases (tidemark_${attemptIds.at(-1)}_…) could not be dropped on ${node.name}`);
    }
  }
}

/** Staged pieces of one table that came to nothing. Those that stay now go at the end of the attempt, or are told. */
export async function dropUnrecorded(
  { attempt, world }: RestoreContext,
  scratches: readonly { node: string; at: TableAt }[],
): Promise<void> {
  for (const { node, at } of scratches) {
    try {
      const session = await openMysqlConnection(world.node(node).access, { signal: attempt.cancellation.abandon });
      await session
        .execute('SET SESSION lock_wait_timeout = 5')
        .then(() => dropStaged(session, at))
        .finally(() => session.close());
    } catch (error) {
      attempt.log.warn('a staged table could not be dropped yet', { node, at, error });
    }
  }
}

/** How long an attempt that has lost its job may still clean up. */
const lastWordMs = 20_000;

/**
 * After the job was lost: scratch of this attempt that no record names. Whoever has the job now may have ended it before
 * we woke up, and does not come back for what we made since. What a record names is not ours any more: it may be all
 * there is of a table. Never throws.
 */
export async function dropOwnScratch(context: RestoreContext): Promise<void> {
  const { attempt, plan } = context;
  const signal = AbortSignal.timeout(lastWordMs);
  try {
    const named = new Set<string>();
    for (const index of plan.tables.keys()) {
      const record = await loadRecord(attempt, index);
      if (record?.state !== 'publishing' && record?.state !== 'undoing') continue;
      for (const { scratch } of record.pieces) named.add(scratch.database);
    }
    for (const node of answering(context)) {
      const session = await openMysqlConnection(node.access, { signal });
      try {
        const own = (await listScratch(session, attempt.attemptId)).filter((scratch) => !named.has(scratch));
        if (own.length > 0) await endSessionsOf(session, attempt.attemptId);
        for (const scratch of own) await dropScratch(session, scratch);
      } finally {
        await session.close();
      }
    }
  } catch (error) {
    attempt.log.warn('scratch databases of a lost attempt could not be dropped', { error });
  }
}

const answering = ({ world }: RestoreContext): TargetNode[] => world.nodes.filter((node) => node.problem === null);
