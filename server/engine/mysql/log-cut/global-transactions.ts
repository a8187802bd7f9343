import { compareSpots, type LogSpot } from './log-spot.ts';
import type { NodeScan } from './node-scan.ts';
import type { ScannedGroup } from './scan-groups.ts';
import type { XidName } from './xid-name.ts';

/** The part of a global transaction on one node, prepared there. */
export interface Branch {
  readonly scan: NodeScan;
  readonly xid: string;
  /** null: it was prepared before the log begins. */
  readonly prepare: ScannedGroup | null;
  done: { readonly committed: boolean; readonly group: ScannedGroup } | null;
}

export interface GlobalTransaction {
  readonly gtrid: string;
  readonly branches: Branch[];
  /**
   * Who committed it, and where: what decides. A coordinator that keeps a log of its own decisions (Klustron's commit_log)
   * would be one more that tells of commits, with a place of its own.
   */
  readonly commits: { readonly scan: NodeScan; readonly group: ScannedGroup }[];
  /** Time of the last group of it. */
  lastMs: number;
  /** Whether some node committed it before its border. */
  isIn: boolean;
}

/** So long after its last part was done nothing of a transaction comes any more. */
const forgetMs = 60_000;

/**
 * The global transactions of all nodes, told in about the order of their times. One that is done everywhere is forgotten:
 * in memory are those that are open, and those of the last minute.
 */
export class GlobalTransactions {
  /** Those of one name, oldest first: a name may be used again once it is free. */
  readonly #byName = new Map<string, GlobalTransaction[]>();
  readonly #onForget: (transaction: GlobalTransaction) => void;
  #forgottenMs = Number.NEGATIVE_INFINITY;

  constructor(onForget: (transaction: GlobalTransaction) => void) {
    this.#onForget = onForget;
  }

  *all(): Generator<GlobalTransaction> {
    for (const named of this.#byName.values()) yield* named;
  }

  /** `prepare` null: before the log begins. One that is known already is not told twice. */
  prepared(scan: NodeScan, name: XidName, prepare: ScannedGroup | null): void {
    const named = this.#named(name.gtrid);
    if (prepare && named.some(({ branches }) => branches.some((one) => isSame(one, scan, prepare)))) return;
    const taken = ({ branches }: GlobalTransaction) =>
      branches.some((one) => one.scan === scan && one.xid === name.xid);
    const transaction = named.find((one) => !taken(one)) ?? begin(named, name.gtrid);
    transaction.branches.push({ scan, xid: name.xid, prepare, done: null });
    if (prepare) transaction.lastMs = Math.max(transaction.lastMs, prepare.atMs);
  }

  /** A group that names one. */
  saw(scan: NodeScan, group: ScannedGroup): void {
    if (group.effect === 'prepare') this.prepared(scan, group.xid!, group);
    else this.#completed(scan, group.xid!, group);
  }

  #completed(scan: NodeScan, name: XidName, group: ScannedGroup): void {
    const named = this.#named(name.gtrid);
    const isOpen = ({ scan: on, xid, prepare, done }: Branch) =>
      on === scan && xid === name.xid && done === null && (!prepare || compareSpots(prepare, group) < 0);
    const transaction = named.find(({ branches }) => branches.some(isOpen)) ?? named[0] ?? begin(named, name.gtrid);
    const committed = group.effect === 'xa commit';
    const branch = transaction.branches.find(isOpen);
    if (branch) branch.done = { committed, group };
    if (committed) transaction.commits.push({ scan, group });
    transaction.lastMs = Math.max(transaction.lastMs, group.atMs);
  }

  /** Every node has been told of up to this time. */
  forgetBefore(nowMs: number): void {
    if (nowMs - this.#forgottenMs < forgetMs) return;
    this.#forgottenMs = nowMs;
    for (const [gtrid, named] of this.#byName) {
      const kept = named.filter((one) => !this.#isOver(one, nowMs));
      if (kept.length === 0) this.#byName.delete(gtrid);
      else if (kept.length < named.length) this.#byName.set(gtrid, kept);
    }
  }

  #isOver(transaction: GlobalTransaction, nowMs: number): boolean {
    const over = transaction.lastMs < nowMs - forgetMs && transaction.branches.every(({ done }) => done !== null);
    if (over) {
      transaction.isIn = transaction.commits.length > 0;
      this.#onForget(transaction);
    }
    return over;
  }

  #named(gtrid: string): GlobalTransaction[] {
    const named = this.#byName.get(gtrid) ?? [];
    this.#byName.set(gtrid, named);
    return named;
  }
}

/** Who begins to read within a group knows of no earlier segment that it lies in. */
const isSame = (branch: Branch, scan: NodeScan, { lastSequence, file, position }: ScannedGroup) =>
  branch.scan === scan &&
  branch.prepare?.position === position &&
  branch.prepare.file === file &&
  branch.prepare.lastSequence === lastSequence;

function begin(named: GlobalTransaction[], gtrid: string): GlobalTransaction {
  const transaction = { gtrid, branches: [], commits: [], lastMs: Number.NEGATIVE_INFINITY, isIn: false };
  named.push(transaction);
  return transaction;
}

/** Whether a branch was prepared before a place and not done there: its rows are not seen by who reads at that place. */
export function isOpenAt({ prepare, done }: Branch, base: LogSpot): boolean {
  const before = prepare === null || compareSpots(prepare, base) < 0;
  return before && (done === null || compareSpots(done.group, base) >= 0);
}
