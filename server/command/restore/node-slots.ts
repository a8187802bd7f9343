/**
 * How many connections may load at once on each node. A fragment takes what is free, at least one and at most what it
 * can use, so that a big one is loaded by many and small ones run side by side.
 */
export class NodeSlots {
  private readonly free = new Map<string, number>();
  private readonly waiting = new Map<string, (() => void)[]>();
  private readonly perNode: number;

  constructor(perNode: number) {
    this.perNode = Math.max(1, perNode);
  }

  async use<T>(node: string, atMost: number, work: (slots: number) => Promise<T>): Promise<T> {
    while ((this.free.get(node) ?? this.perNode) === 0) {
      await new Promise<void>((resolve) => this.waiting.set(node, [...(this.waiting.get(node) ?? []), resolve]));
    }
    const free = this.free.get(node) ?? this.perNode;
    const taken = Math.max(1, Math.min(free, atMost));
    this.free.set(node, free - taken);
    try {
      return await work(taken);
    } finally {
      this.free.set(node, this.free.get(node)! + taken);
      const wake = this.waiting.get(node) ?? [];
      this.waiting.delete(node);
      for (const resolve of wake) resolve();
    }
  }
}
