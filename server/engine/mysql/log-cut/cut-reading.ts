import { type GlobalTransaction, GlobalTransactions, isOpenAt } from './global-transactions.ts';
import type { CutOptions, NodeLog } from './log-cut.ts';
import { compareSpots, type LogSpot } from './log-spot.ts';
import { keysOf, NodeScan, type NodeStop } from './node-scan.ts';
import { type ScannedGroup, scanGroups } from './scan-groups.ts';
import { xidNameOf } from './xid-name.ts';

/** What was undecided on a node where the rows of the backup stand, and where it was prepared; null: before the log begins. */
export type PreparedAtBase = ReadonlyMap<string, ScannedGroup | null>;

/** What is learnt of one node. */
export interface ReadNode {
  readonly log: NodeLog;
  readonly scan: NodeScan;
  /** By base: groups prepared before it that are in and were completed behind it. See keysOf. */
  readonly straddlers: ReadonlyMap<LogSpot, Set<string>>;
  /** Prepared groups that are in, of which the node had not committed the transaction where it stops. */
  readonly late: { xid: string; gtid: string }[];
  /** Where the rows of groups begin that are in and lie before the first base. */
  oldest: LogSpot | null;
}

/** Reads the logs of all nodes side by side, in the order of their times. */
export class CutReading {
  readonly nodes: ReadNode[] = [];
  readonly transactions = new GlobalTransactions((transaction) => this.#decide(transaction));
  readonly #byScan = new Map<NodeScan, ReadNode>();
  readonly #options: CutOptions;
  readonly #doubtMs: number;

  constructor(options: CutOptions & { readonly doubtMs: number }) {
    this.#options = options;
    this.#doubtMs = options.doubtMs;
  }

  get scans(): NodeScan[] {
    return this.nodes.map(({ scan }) => scan);
  }

  /** `oldestMs`: what lies before it, but for `prepared`, was decided before the backup. */
  begin(log: NodeLog, at: { prepared: PreparedAtBase; stop: NodeStop; oldestMs: number }): void {
    const floor = log.bases.reduce<LogSpot | null>((a, b) => (a && compareSpots(a, b) > 0 ? a : b), null);
    const objects = log.log.slice(firstToRead(log, at.oldestMs - this.#doubtMs));
    const groups = scanGroups(objects, this.#options);
    const scan = new NodeScan(log.node, groups, { stop: at.stop, doubtMs: this.#doubtMs, floor });
    const straddlers = new Map(log.bases.map((base) => [base, new Set<string>()]));
    const node: ReadNode = { log, scan, straddlers, late: [], oldest: null };
    this.nodes.push(node);
    this.#byScan.set(scan, node);
    for (const [xid, group] of at.prepared) {
      const name = xidNameOf(xid);
      if (name) this.transactions.prepared(scan, name, group);
    }
  }

  /** Reads on until nothing that comes can have been before the point. */
  async toThePoint(): Promise<void> {
    const heads = new Map<NodeScan, ScannedGroup>();
    for (const scan of this.scans) await this.#advance(heads, scan);
    while (heads.size > 0) {
      const [scan, group] = [...heads].reduce((first, one) => (one[1].atMs < first[1].atMs ? one : first));
      this.transactions.saw(scan, group);
      this.transactions.forgetBefore(group.atMs);
      await this.#advance(heads, scan);
    }
  }

  /** Reads on until it is known how each part of these ended that is still open, or to the ends of the logs. */
  async toTheEndOf(wanted: (transaction: GlobalTransaction) => boolean): Promise<void> {
    const open = [...this.transactions.all()].filter(wanted).flatMap(({ branches }) => branches);
    for (const scan of this.scans) {
      const left = new Set(open.filter((one) => one.scan === scan && one.done === null).map(({ xid }) => xid));
      while (left.size > 0) {
        const group = await scan.next({ on: true });
        if (!group) break;
        if (group.effect === 'prepare' || !left.delete(group.xid!.xid)) continue;
        this.transactions.saw(scan, group);
      }
    }
  }

  /** Once borders are settled: what becomes of each prepared group. */
  decide(): void {
    for (const transaction of this.transactions.all()) this.#decide(transaction);
  }

  async close(): Promise<void> {
    for (const scan of this.scans) await scan.close();
  }

  async #advance(heads: Map<NodeScan, ScannedGroup>, scan: NodeScan): Promise<void> {
    const group = await scan.next();
    if (group) heads.set(scan, group);
    else heads.delete(scan);
  }

  #decide({ isIn, branches }: GlobalTransaction): void {
    for (const branch of branches) {
      const { scan, xid, prepare, done } = branch;
      if (!prepare) continue;
      const node = this.#byScan.get(scan)!;
      const keys = keysOf(prepare);
      if (!isIn || done?.committed === false) {
        for (const key of keys) scan.void.add(key);
        continue;
      }
      for (const [base, straddlers] of node.straddlers) {
        if (!isOpenAt(branch, base)) continue;
        for (const key of keys) straddlers.add(key);
        if (!node.oldest || compareSpots(prepare, node.oldest) < 0) node.oldest = prepare;
      }
      if (!done || !scan.holds(done.group)) node.late.push({ xid, gtid: prepare.gtid });
    }
  }
}

/** The index of the first segment that may hold the node's base, or a group of that time or later. */
function firstToRead({ log, bases }: NodeLog, fromMs: number): number {
  const [base] = bases;
  const first = log.findIndex(({ index: { summary } }) => {
    if (base && summary.sequence >= base.sequence) return true;
    return summary.times !== null && Date.parse(summary.times.last) - summary.clockSkewMs >= fromMs;
  });
  return first < 0 ? log.length : first;
}
