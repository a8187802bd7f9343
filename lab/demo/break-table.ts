import { TidemarkError } from '#server/base/error.ts';
import { leafCount } from '../clusters/bank-tables.ts';
import { storageDatabase } from '../clusters/foreign-table.ts';
import { type LabNode, nodeNamed } from '../node.ts';
import { ShardSession } from '../workload/shard-session.ts';

/**
 * The bad statements of the story, straight on the shards while everybody writes: a tenth of the accounts is deleted, and
 * the next tenth has its balance set to 0. The first tenth that is there is taken, so that a table that was broken before
 * is broken again.
 */
export async function breakTable(nodes: readonly LabNode[]): Promise<{ deleted: number; changed: number }> {
  const sessions = ['bank-shard_1', 'bank-shard_2'].map((name) => new ShardSession(nodeNamed(nodes, name)));
  const everywhere = async (statement: (piece: string) => string) => {
    let rows = 0;
    for (let leaf = 0; leaf < leafCount; leaf += 1) {
      const piece = `\`${storageDatabase('public')}\`.transfer_account_p${leaf}`;
      rows += await insist(sessions[leaf % 2]!, statement(piece));
    }
    return rows;
  };
  try {
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const deleted = await everywhere((piece) => `DELETE FROM ${piece} WHERE id % 10 = ${tenth}`);
      const zeroed = `SET balance = 0 WHERE balance <> 0 AND id % 10 = ${tenth + 1}`;
      if (deleted > 0) return { deleted, changed: await everywhere((piece) => `UPDATE ${piece} ${zeroed}`) };
    }
  } finally {
    await Promise.all(sessions.map((session) => session.drop()));
  }
  throw new TidemarkError('table/not-found', 'the table has no row left to break');
}

/** A deadlock with the workload ends one of the two, and it may be us. */
async function insist(session: ShardSession, sql: string): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await session.execute(sql);
    } catch (error) {
      const lost = error instanceof TidemarkError && /deadlock/i.test(error.message);
      if (!lost || attempt === 10) throw error;
    }
  }
}
