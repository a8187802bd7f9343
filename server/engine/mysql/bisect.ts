/** Keys from `low` up to and without `high`, and about how many rows they have. */
export interface KeySpan {
  readonly low: bigint;
  readonly high: bigint;
  readonly rows: number;
}

/** How fine the halving goes: pieces of a quarter are put together to spans within 15 % of what is wanted. */
const finesse = 4;
const overshoot = 1.15;
/** No skew needs more questions than this; what is left then is taken as it is. */
const maxQuestions = 2_000;

/**
 * Cuts [low, high) into about `parts` spans of as many rows each, however unevenly the keys lie, by asking `estimate`
 * (which costs the server two index dives) and halving where there is too much. Few far keys cost no span of their
 * own. The estimate of a wide span is the worst, so it only decides how fine to halve; the sum of the pieces counts.
 */
export async function bisect(
  low: bigint,
  high: bigint,
  parts: number,
  estimate: (low: bigint, high: bigint) => Promise<number>,
): Promise<KeySpan[]> {
  const leaves: KeySpan[] = [];
  const waiting: KeySpan[] = [{ low, high, rows: await estimate(low, high) }];
  const fine = Math.max(1, waiting[0]!.rows / parts / finesse);
  let questions = 1;
  for (let span = waiting.pop(); span; span = waiting.pop()) {
    if (span.rows <= fine || span.high - span.low <= 1n || questions >= maxQuestions) {
      leaves.push(span);
      continue;
    }
    const middle = (span.low + span.high) >> 1n;
    const left = { low: span.low, high: middle, rows: await estimate(span.low, middle) };
    const right = { low: middle, high: span.high, rows: await estimate(middle, span.high) };
    questions += 2;
    waiting.push(right, left);
  }
  const total = leaves.reduce((sum, leaf) => sum + leaf.rows, 0);
  return coalesce(leaves, Math.max(1, total / parts));
}

function coalesce(leaves: readonly KeySpan[], wantedRows: number): KeySpan[] {
  const spans: KeySpan[] = [];
  for (const leaf of leaves) {
    const last = spans.at(-1);
    if (last && last.rows + leaf.rows <= wantedRows * overshoot) {
      spans[spans.length - 1] = { low: last.low, high: leaf.high, rows: last.rows + leaf.rows };
    } else {
      spans.push(leaf);
    }
  }
  return spans;
}
