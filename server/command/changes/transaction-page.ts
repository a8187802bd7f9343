import { z } from 'zod';
import { TidemarkError } from '#server/base/error.ts';
import type { LoggedTransaction } from '#server/contract/changes.ts';

export type Order = 'biggest' | 'newest';

/** What transactions are ordered by: [weight, milliseconds, node, file, position]. Two never have the same. */
const sortKey = z.tuple([z.number(), z.number(), z.string(), z.string(), z.string().regex(/^\d+$/)]);
type SortKey = z.infer<typeof sortKey>;

/**
 * A page of transactions, and what the next one begins behind: it stays right while newer ones come. `biggest`: by rows,
 * but those that changed a definition first, because what they did is no number of rows; the newer of equal ones first.
 * Errors: `input/invalid` where `after` is none of ours.
 */
export function pageOf(
  transactions: readonly LoggedTransaction[],
  { order, limit, after }: { order: Order; limit: number; after: string | null },
): { items: LoggedTransaction[]; next: string | null } {
  const keyed = transactions.map((one) => ({ one, key: keyOf(one, order) }));
  keyed.sort((a, b) => compare(a.key, b.key));
  const border = after === null ? null : parse(after);
  const behind = border === null ? keyed : keyed.filter(({ key }) => compare(key, border) > 0);
  const page = behind.slice(0, limit);
  const next = behind.length > limit && limit > 0 ? JSON.stringify(page.at(-1)!.key) : null;
  return { items: page.map(({ one }) => one), next };
}

function keyOf({ node, at, file, position, ...one }: LoggedTransaction, order: Order): SortKey {
  const rows = one.inserts + one.updates + one.deletes;
  const weight = order === 'newest' ? 0 : one.statement === null ? rows : Number.MAX_SAFE_INTEGER;
  return [weight, Date.parse(at), node, file, position];
}

/** Largest, then newest first: of one time, what lies later in the log. */
function compare(a: SortKey, b: SortKey): number {
  if (a[0] !== b[0]) return b[0] - a[0];
  if (a[1] !== b[1]) return b[1] - a[1];
  if (a[2] !== b[2]) return a[2] < b[2] ? -1 : 1;
  if (a[3] !== b[3]) return a[3] > b[3] ? -1 : 1;
  const [left, right] = [BigInt(a[4]), BigInt(b[4])];
  return left > right ? -1 : left < right ? 1 : 0;
}

function parse(after: string): SortKey {
  try {
    return sortKey.parse(JSON.parse(after));
  } catch (cause) {
    throw new TidemarkError('input/invalid', 'what the next transactions begin behind is not of an answer before', {
      hint: 'Ask again from the first.',
      cause,
    });
  }
}
