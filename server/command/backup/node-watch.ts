import { pause } from '#server/base/abort.ts';
import type { NodeSigns } from '#server/contract/progress.ts';
import type { NodeQuestions } from '#server/engine/mysql/node-questions.ts';
import type { Waiting } from '#server/engine/mysql/pace.ts';
import { purgeLag } from '#server/engine/mysql/purge-lag.ts';
import type { Attempt } from '../attempt.ts';

/** Undo records pile up over minutes: asking more often would only make a longer list. */
const lookEveryMs = 2_000;
/** As many as a small chart can show; a longer time is thinned out. */
const mostSamples = 60;
/** From here on, and at each doubling, people are told: reads of everybody walk through what cannot be purged. */
const worthTelling = 1_000_000;

export interface WatchedNode {
  readonly name: string;
  /** `host:port` when a replica is read instead. */
  readonly replica: string | null;
}

/**
 * Tells what a backup costs each node that it reads: how old the snapshot is, how far purging lies behind, whether it
 * waits for the node and why. A node that cannot be asked is said nothing of: its readers will.
 */
export class NodeWatch implements Waiting {
  private readonly attempt: Attempt;
  private readonly questions: NodeQuestions;
  private readonly nodes = new Map<string, NodeSigns>();
  private readonly toldAt = new Map<string, number>();
  private readonly ended = new AbortController();
  private every = 1;
  private looks = 0;
  private looking: Promise<void> = Promise.resolve();

  constructor(attempt: Attempt, questions: NodeQuestions, nodes: readonly WatchedNode[]) {
    this.attempt = attempt;
    this.questions = questions;
    for (const { name: node, replica } of nodes) {
      const unknown = { snapshotAt: null, snapshotUntil: null, historyBefore: null, history: [], waitsBecause: null };
      this.nodes.set(node, { node, replica, ...unknown, waitedMs: 0 });
    }
  }

  /** Before there is a snapshot: what purging lags behind anyway. */
  async begin(): Promise<void> {
    await Promise.all(
      [...this.nodes.keys()].map(async (node) => this.tell(node, { historyBefore: await this.lagOf(node) })),
    );
    this.looking = this.look();
  }

  /** A snapshot of these nodes was opened just now; it may be held for `maxAgeMs`. */
  snapshotOpened(nodes: Iterable<string>, maxAgeMs: number): void {
    const now = this.attempt.clock.now();
    const snapshotUntil = new Date(now.getTime() + maxAgeMs).toISOString();
    for (const node of nodes) this.tell(node, { snapshotAt: now.toISOString(), snapshotUntil });
  }

  onWait(node: string, why: string): void {
    this.attempt.event('warn', `waits for node ${node}: ${why}`);
    this.tell(node, { waitsBecause: why });
  }

  onGo(node: string, waitedMs: number): void {
    this.attempt.event('info', `goes on with node ${node} after ${seconds(waitedMs)}`);
    this.tell(node, { waitsBecause: null, waitedMs: this.nodes.get(node)!.waitedMs + waitedMs });
  }

  onBlind(node: string, why: string): void {
    this.attempt.event('warn', `node ${node} cannot be asked how busy it is, so nothing waits for it: ${why}`);
  }

  /** No snapshot is open any more. */
  async end(): Promise<void> {
    this.ended.abort();
    await this.looking;
    for (const node of this.nodes.keys()) {
      this.tell(node, { snapshotAt: null, snapshotUntil: null, waitsBecause: null });
    }
  }

  private async look(): Promise<void> {
    while (!this.ended.signal.aborted) {
      await pause(lookEveryMs, this.ended.signal);
      if (this.ended.signal.aborted) return;
      this.looks++;
      await Promise.all([...this.nodes.keys()].map((node) => this.lookAt(node)));
    }
  }

  private async lookAt(node: string): Promise<void> {
    const lag = await this.lagOf(node);
    const { history, historyBefore } = this.nodes.get(node)!;
    if (lag === null || this.looks % this.every !== 0) return;
    if (history.length === mostSamples) this.every *= 2;
    const kept = history.length === mostSamples ? history.filter((_, n) => n % 2 === 1) : history;
    this.tell(node, { history: [...kept, lag] });
    this.warnOf(node, lag, historyBefore);
  }

  private warnOf(node: string, lag: number, before: number | null): void {
    const from = Math.max(worthTelling + (before ?? 0), 2 * (this.toldAt.get(node) ?? 0));
    if (lag < from) return;
    this.toldAt.set(node, lag);
    const was = before === null ? '' : `, ${before} before this backup`;
    this.attempt.event(
      'warn',
      `node ${node} keeps ${lag} undo records that it cannot purge while the snapshot is open${was}; reads on it slow down`,
    );
  }

  private lagOf(node: string): Promise<number | null> {
    return purgeLag(this.questions, node).catch(() => null);
  }

  private tell(node: string, changes: Partial<NodeSigns>): void {
    const signs = { ...this.nodes.get(node)!, ...changes };
    this.nodes.set(node, signs);
    this.attempt.signs(signs);
  }
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
