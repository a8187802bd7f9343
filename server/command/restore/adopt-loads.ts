import type { PlanFragment } from '#server/contract/restore.ts';
import { tablesIn } from '#server/engine/mysql/catalog.ts';
import { type MysqlConnection, openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { quoteTable, type TableAt } from '#server/engine/mysql/foreign-keys.ts';
import { quoteIdentifier } from '#server/engine/mysql/identifier.ts';
import { readMarks } from '#server/engine/mysql/load-marks.ts';
import { listScratch } from '#server/engine/mysql/staging.ts';
import type { TargetNode } from '#server/engine/topology/target-nodes.ts';
import type { RestoreContext } from './context.ts';

/** A load smaller than this is begun anew: marks would cost more than they save. */
const markedFromBytes = 16 * 1024 ** 2;

/** Beside the staged table, named by what the plan says of it: every attempt of a job runs the same plan. */
export const marksTable = (tableIndex: number, fragmentIndex: number) => `tidemark_load_${tableIndex}_${fragmentIndex}`;

interface Large {
  index: number;
  place: PlanFragment;
}

/**
 * Takes over what earlier attempts had loaded: table and marks are renamed in one statement into scratch databases of this
 * attempt. So an earlier one that only slept finds nothing to write to any more, and of two that take over one has it.
 * Their sessions must have been ended. What cannot be taken over is loaded from its first row; that is said.
 * `mayGoOn` tells of a table's place in the plan whether nothing of it was shown yet. Takes over nothing more once the job
 * is stopped. Errors: `job/lease-lost`, those of the nodes.
 */
export async function adoptLoads(context: RestoreContext, mayGoOn: (tableIndex: number) => boolean): Promise<void> {
  const { attempt, world, plan, adopted } = context;
  const large = plan.tables.flatMap((table, index): Large[] =>
    mayGoOn(index) ? table.fragments.filter(isMarked).map((place) => ({ index, place })) : [],
  );
  for (const node of world.nodes) {
    const here = large.filter(({ place }) => node.problem === null && place.target.node === node.name);
    if (here.length === 0) continue;
    const session = await world.session(node.name);
    const staged = new Set<string>();
    for (const earlier of attempt.earlierAttempts.toReversed()) {
      for (const scratch of await listScratch(session, earlier)) {
        const tables = await tablesIn(session, scratch);
        for (const table of tables) staged.add(table.toLowerCase());
        for (const one of here) {
          if (adopted.has(one.place) || !tables.includes(marksTable(one.index, one.place.index))) continue;
          const { table } = one.place.source;
          const name = [table, table.toLowerCase()].find((candidate) => tables.includes(candidate));
          if (name !== undefined) await adopt(context, node, { ...one, from: { database: scratch, table: name } });
        }
      }
    }
    for (const { index, place } of here) {
      if (adopted.has(place) || !staged.has(place.source.table.toLowerCase())) continue;
      attempt.event('warn', `${plan.tables[index]!.target} on ${node.name} is loaded from its first row: ${noMarks}`);
    }
  }
}

export const isMarked = (place: PlanFragment) => place.rawBytes >= markedFromBytes;
const noMarks = 'an earlier attempt had begun, but of what it had loaded no marks can be gone by';

async function adopt(context: RestoreContext, node: TargetNode, { index, place, from }: Large & { from: TableAt }) {
  const { attempt } = context;
  const marked = { database: from.database, table: marksTable(index, place.index) };
  let session: MysqlConnection | undefined;
  try {
    session = await openMysqlConnection(node.access, { signal: attempt.cancellation.stop });
    if ((await readMarks(session, marked)) === null) return;
    const database = context.scratchOf(place);
    await session.execute(`CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(database)}`);
    // From here on the next attempt ends this session, should we be asleep before the RENAME.
    await session.execute(`USE ${quoteIdentifier(database)}`);
    await session.execute('SET SESSION lock_wait_timeout = 30, foreign_key_checks = 0');
    await attempt.lease.assertHeld();
    const moves = [from, marked].map((at) => `${quoteTable(at)} TO ${quoteTable({ ...at, database })}`);
    await session.execute(`RENAME TABLE ${moves.join(', ')}`);
    const kept = await readMarks(session, { ...marked, database });
    if (kept === null) return;
    context.adopted.set(place, { ...kept, at: { ...from, database } });
    const rows = [...kept.marks.there.values()].reduce((sum, count) => sum + count, 0);
    const { target } = context.plan.tables[index]!;
    attempt.event(
      'info',
      `${target} on ${node.name}: going on behind the ${rows} rows that an earlier attempt had loaded`,
    );
  } catch (error) {
    await attempt.lease.assertHeld();
    attempt.log.warn('a load could not be taken over', { node: node.name, from, error });
  } finally {
    await session?.close();
  }
}
