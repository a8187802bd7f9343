import type { GlobalTransaction, GlobalTransactions } from './global-transactions.ts';
import { compareSpots, type LogSpot } from './log-spot.ts';
import type { NodeScan } from './node-scan.ts';

export interface BorderLimits {
  /** Borders that may not lie later, whatever other nodes say. */
  readonly caps: ReadonlyMap<string, LogSpot>;
  /** A global transaction that is not in, whoever committed it. */
  readonly out: string | null;
  /** The node that stops exactly where its cap is. */
  readonly exact: string | null;
}

/**
 * Settles which global transactions are in, and moves borders until no node contradicts another. A transaction is in when
 * any node committed it before its border. It was prepared everywhere before that: where a prepare lies behind the border
 * of its node, times were not exact, and all that lies before the prepare is in too. Where a border may not move, what
 * was prepared behind it was committed later still, and the border of who committed it is what moves. false: it would
 * have to move on the exact node, or before the rows of the backup.
 */
export function settleBorders(
  transactions: GlobalTransactions,
  scans: readonly NodeScan[],
  { caps, out, exact }: BorderLimits,
): boolean {
  const limits = new Map(caps);
  for (;;) {
    for (const scan of scans) scan.reset(limits.get(scan.node));
    const later = extendBorders(transactions, limits, out);
    if (!later) return true;
    for (const { scan, group } of later.commits.filter((commit) => commit.scan.holds(commit.group))) {
      limits.set(scan.node, group);
      scan.reset(group);
      // It is one that cannot be left out there.
      if (scan.node === exact || scan.holds(group)) return false;
    }
  }
}

/** One that is in and was prepared behind a border that may not move; null: all fit. */
function extendBorders(
  transactions: GlobalTransactions,
  limits: ReadonlyMap<string, LogSpot>,
  out: string | null,
): GlobalTransaction | null {
  for (let moved = true; moved; ) {
    moved = false;
    for (const transaction of transactions.all()) {
      transaction.isIn = transaction.gtrid !== out && transaction.commits.some(({ scan, group }) => scan.holds(group));
      if (!transaction.isIn) continue;
      for (const { scan, prepare, done } of transaction.branches) {
        if (prepare === null || done?.committed === false || scan.holds(prepare)) continue;
        const limit = limits.get(scan.node);
        if (limit && compareSpots(prepare, limit) >= 0) return transaction;
        scan.extendTo(prepare);
        moved = true;
      }
    }
  }
  return null;
}
