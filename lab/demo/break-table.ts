import { leafCount } from '../clusters/bank-tables.ts';
import { storageDatabase } from '../clusters/foreign-table.ts';
import { type LabNode, nodeNamed } from '../node.ts';
import { ShardSession } from '../workload/shard-session.ts';

/**
 * The bad statement of the story: an UPDATE that has lost its WHERE, over both shards in one global transaction. Nobody may
 * write meanwhile: it takes the locks of all rows there are.
 */
export async function breakTable(nodes: readonly LabNode[]): Promise<{ changed: number }> {
  const sessions = ['bank-shard_1', 'bank-shard_2'].map((name) => new ShardSession(nodeNamed(nodes, name)));
  const branch = (at: number) => `'month-end-${process.pid}', 'shard_${at + 1}'`;
  const onAll = (text: (at: number) => string) => Promise.all(sessions.map((session, at) => session.execute(text(at))));
  let changed = 0;
  try {
    await onAll((at) => `XA START ${branch(at)}`);
    for (let leaf = 0; leaf < leafCount; leaf += 1) {
      const piece = `\`${storageDatabase('public')}\`.transfer_account_p${leaf}`;
      changed += await sessions[leaf % 2]!.execute(`UPDATE ${piece} SET balance = 0, updated_at = utc_timestamp(6)`);
    }
    for (const verb of ['XA END', 'XA PREPARE', 'XA COMMIT']) await onAll((at) => `${verb} ${branch(at)}`);
    return { changed };
  } finally {
    await Promise.all(sessions.map((session) => session.drop()));
  }
}
