import { pause } from '#server/base/abort.ts';
import { type LabNode, nodeNamed } from './node.ts';
import { openBankBoard } from './workload/bank-board.ts';
import { BankLane } from './workload/bank-lane.ts';
import type { Lane } from './workload/lane.ts';
import { ShopLane } from './workload/shop-lane.ts';

export interface WorkloadOptions {
  /** Whose clusters are written to: `bank` and `shop`; nodes of others are left alone. */
  nodes: readonly LabNode[];
  /** Transactions a second over all clusters together. Default 50. */
  ratePerSecond?: number;
  /** Ends it like stop(). */
  signal?: AbortSignal;
}

export interface WorkloadStats {
  /** Transactions that were committed, those over both shards among them. */
  readonly transactions: number;
  readonly crossShard: number;
  readonly skipped: number;
  /** Steps that failed (a server was away, a table was gone); each was rolled back or settled. */
  readonly failed: number;
  readonly lastFailure: string | undefined;
  /** The longest that one committed transaction took: how long a writer had to wait. */
  readonly longestWaitMs: number;
}

export interface Workload {
  stats(): WorkloadStats;
  /** Ends after the transactions in flight; no transfer is left half done. Errors: when a shard is away at that time. */
  stop(): Promise<WorkloadStats>;
}

/** Writes steadily, straight to the storage nodes, until stopped. A failing server never ends it. */
export async function startWorkload(options: WorkloadOptions): Promise<Workload> {
  const stopper = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopper.signal]) : stopper.signal;
  const lanes = await openLanes(options.nodes);
  const counts = { transactions: 0, crossShard: 0, skipped: 0, failed: 0, longestWaitMs: 0 };
  let lastFailure: string | undefined;
  const takeTurn = turns(options.ratePerSecond ?? 50);

  const run = async (lane: Lane) => {
    for (await takeTurn(signal); !signal.aborted; await takeTurn(signal)) {
      const began = performance.now();
      try {
        const step = await lane.step();
        if (step === 'skipped') counts.skipped += 1;
        else counts.transactions += 1;
        if (step === 'cross-shard') counts.crossShard += 1;
        if (step !== 'skipped') counts.longestWaitMs = Math.max(counts.longestWaitMs, performance.now() - began);
      } catch (error) {
        counts.failed += 1;
        lastFailure = (error as Error).message;
        await recover(lane, signal);
      }
    }
  };
  const running = Promise.all(lanes.map(run));
  const stats = () => ({ ...counts, lastFailure });
  let stopping: Promise<WorkloadStats> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      stopper.abort();
      await running;
      await Promise.all(lanes.map((lane) => lane.close()));
      return stats();
    })();
    return stopping;
  };
  options.signal?.addEventListener('abort', () => void stop().catch(() => {}), { once: true });
  return { stats, stop };
}

/** Two lanes a cluster: one alone never meets another's locks. */
async function openLanes(nodes: readonly LabNode[]): Promise<Lane[]> {
  const lanes: Lane[] = [];
  if (nodes.some((node) => node.cluster === 'bank')) {
    const board = await openBankBoard(nodes);
    lanes.push(new BankLane(board, 1), new BankLane(board, 2));
  }
  if (nodes.some((node) => node.cluster === 'shop')) {
    const node = nodeNamed(nodes, 'shop');
    lanes.push(new ShopLane(node), new ShopLane(node));
  }
  return lanes;
}

async function recover(lane: Lane, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await lane.recover();
    } catch {
      await pause(200, signal);
    }
  }
}

/** Hands out turns at an even pace; what was missed while everybody waited is not made up for. */
function turns(ratePerSecond: number): (signal: AbortSignal) => Promise<void> {
  const gapMs = 1_000 / ratePerSecond;
  let next = performance.now();
  return async (signal) => {
    const now = performance.now();
    const mine = Math.max(next, now - 100);
    next = mine + gapMs;
    if (mine > now) await pause(mine - now, signal);
  };
}
