import type { CutStop } from './cut-stops.ts';
import type { Branch, GlobalTransaction, GlobalTransactions } from './global-transactions.ts';
import type { InDoubt, MissingPrepare, NodeLog } from './log-cut.ts';

/** The nodes whose log does not reach the point: what they committed by then is not known. */
export const silentNodes = (logs: readonly NodeLog[], { atMs, exact }: CutStop): NodeLog[] =>
  logs.filter(({ node, untilMs }) => node !== exact?.node && (untilMs === null || untilMs < atMs));

/** Whether nothing but a log that is not there could say that a transaction is in: it was prepared, and not rolled back. */
export function isDoubtful({ gtrid, isIn, branches }: GlobalTransaction, { out, atMs }: CutStop): boolean {
  if (isIn || gtrid === out || branches.some(({ done }) => done?.committed === false)) return false;
  return branches.some((branch) => mayBeBefore(branch, atMs));
}

/** Whether a branch may have been prepared by then, though its time in the log may be up to a second later. */
const mayBeBefore = ({ scan, prepare }: Branch, atMs: number): boolean =>
  prepare === null || scan.holds(prepare) || prepare.earliestMs <= atMs;

export function findDoubts(transactions: GlobalTransactions, logs: readonly NodeLog[], stop: CutStop): InDoubt[] {
  const silent = silentNodes(logs, stop);
  if (silent.length === 0) return [];
  const reason = silent.map(({ node, ends }) => `node ${node} may have committed it, and ${ends}`).join('; ');
  return [...transactions.all()]
    .filter((transaction) => isDoubtful(transaction, stop))
    .flatMap(({ branches }) => branches.filter((branch) => mayBeBefore(branch, stop.atMs)))
    .map(({ scan, xid }) => ({ xid, node: scan.node, reason }));
}

/** Of those that are in: parts whose rows no log has. */
export function findMissing(transactions: GlobalTransactions, logs: readonly NodeLog[]): MissingPrepare[] {
  return [...transactions.all()]
    .filter(({ isIn }) => isIn)
    .flatMap(({ branches }) => branches)
    .filter(({ prepare, done }) => prepare === null && done?.committed !== false)
    .filter(({ scan }) => logs.some(({ node, bases }) => node === scan.node && bases.length > 0))
    .map(({ scan, xid }) => ({
      xid,
      node: scan.node,
      reason: `transaction ${xid} was prepared on node ${scan.node} before its archived log begins`,
    }));
}
