import { pause } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { ConsoleUser } from '../console-user.ts';

const longestMs = 60_000;

/** What the log archive knows of the transaction that changed most. */
export interface Culprit {
  /** As `--before-tx` takes it. */
  readonly id: string;
  readonly at: string;
  readonly updates: number;
}

/**
 * Asks what happened to a table, as an operator would, until the log of every node is archived up to `until`, and answers
 * the largest transaction of all. Errors: `internal/unexpected` when the archive does not get there within a minute.
 */
export async function findCulprit(tidemark: ConsoleUser, table: string, until: Date): Promise<Culprit> {
  const deadline = performance.now() + longestMs;
  for (;;) {
    const changes = await tidemark.cli(['changes', 'bank', '--table', table, '--transactions']);
    const nodes: { until: string | null }[] = changes.nodes;
    const isThere = nodes.every((node) => node.until !== null && Date.parse(node.until) >= until.getTime());
    // What changed a definition comes first, and is not what we look for.
    const largest = changes.transactions.find((one: { statement: string | null }) => one.statement === null);
    if (isThere && largest?.id) return { id: largest.id, at: largest.at, updates: Number(largest.updates) };
    if (performance.now() > deadline) {
      throw new TidemarkError('internal/unexpected', `the log is not archived up to ${until.toISOString()}`, {
        hint: 'Look at the cluster’s page: its log archive says why.',
      });
    }
    await pause(250);
  }
}
