import { pause } from '#server/base/abort.ts';
import type { ShardSession } from './shard-session.ts';

/**
 * Ends the two-phase transfers whose name begins with `prefix` and whose coordinator is gone: committed where it had been
 * decided (we know it, or the other shard already has the entry), rolled back otherwise. Afterwards no transfer is half
 * done. Sessions that were just lost may still hold their branch for a moment, so this tries again for up to 10 s.
 */
export async function settleTransfers(shards: readonly ShardSession[], prefix: string, decided: ReadonlySet<string>) {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const prepared = await Promise.all(shards.map((shard) => preparedTransfers(shard, prefix)));
    const open = [...new Set(prepared.flat())];
    if (open.length === 0) return;
    try {
      for (const transfer of open) await settle(shards, prepared, transfer, decided);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(50);
    }
  }
}

async function settle(
  shards: readonly ShardSession[],
  prepared: readonly string[][],
  transfer: string,
  decided: ReadonlySet<string>,
): Promise<void> {
  const commit = decided.has(transfer) || (await hasEntry(shards, prepared, transfer));
  for (const [at, shard] of shards.entries()) {
    if (prepared[at]!.includes(transfer))
      await shard.execute(`XA ${commit ? 'COMMIT' : 'ROLLBACK'} ${branch(transfer, at)}`);
  }
}

async function hasEntry(shards: readonly ShardSession[], prepared: readonly string[][], transfer: string) {
  for (const [at, shard] of shards.entries()) {
    if (prepared[at]!.includes(transfer)) continue;
    const rows = await shard.query(
      `SELECT 1 FROM \`postgres_$$_public\`.transfer_entry_${at + 1} WHERE transfer = '${transfer}' LIMIT 1`,
    );
    if (rows.length > 0) return true;
  }
  return false;
}

async function preparedTransfers(shard: ShardSession, prefix: string): Promise<string[]> {
  const rows = await shard.query('XA RECOVER');
  return rows
    .map((row) => String(row.data).slice(0, Number(row.gtrid_length)))
    .filter((name) => name.startsWith(prefix));
}

/** The name of a transfer's branch on shard `at` (0 or 1), as XA statements take it. */
export function branch(transfer: string, at: number): string {
  return `'${transfer}','shard_${at + 1}'`;
}
