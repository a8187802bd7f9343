import { niceTop } from '#components/ui/chart-path.ts';
import type { ChangeBucket, ChangeCounts } from '#server/contract/changes.ts';

/** A bar of the histogram, apart from React: what happened in a span of time, and where it stands. */
export interface Bar extends ChangeCounts {
  fromMs: number;
  toMs: number;
  /** Rows of all kinds. */
  rows: number;
  /** 0 to 100 of the axis. */
  left: number;
  width: number;
}

export interface Bars {
  bars: Bar[];
  /** Rows at the top of the scale. */
  top: number;
  /** Of one bar, in milliseconds: written at the axis. */
  barMs: number;
  /** The bar that stands out: five times the one in the middle; null: none does. */
  peak: Bar | null;
}

const outstanding = 5;

/** At most `most` bars, ascending: where there is room for fewer than there are buckets, neighbours are one bar. */
export function barsOf(
  buckets: readonly ChangeBucket[],
  span: { fromMs: number; toMs: number; bucketMs: number; most: number },
): Bars {
  const { fromMs, toMs, bucketMs } = span;
  let barMs = bucketMs;
  // Counted as they stand: a span that begins within a bar touches one more.
  while (Math.ceil(toMs / barMs) - Math.floor(fromMs / barMs) > Math.max(2, span.most)) barMs += bucketMs;
  const byBegin = new Map<number, Bar>();
  const place = (ms: number) => Math.min(100, Math.max(0, ((ms - fromMs) / (toMs - fromMs)) * 100));
  for (const bucket of buckets) {
    const at = Date.parse(bucket.at);
    const begin = at - (at % barMs);
    const left = place(begin);
    const end = begin + barMs;
    const bar = byBegin.get(begin) ?? {
      ...{ fromMs: begin, toMs: end, rows: 0, left, width: place(end) - left },
      ...{ inserts: 0, updates: 0, deletes: 0, transactions: 0, statements: 0 },
    };
    byBegin.set(begin, bar);
    bar.inserts += bucket.inserts;
    bar.updates += bucket.updates;
    bar.deletes += bucket.deletes;
    bar.transactions += bucket.transactions;
    bar.statements += bucket.statements;
    bar.rows += bucket.inserts + bucket.updates + bucket.deletes;
  }
  const bars = [...byBegin.values()].sort((a, b) => a.fromMs - b.fromMs);
  return { bars, barMs, top: niceTop(Math.max(0, ...bars.map(({ rows }) => rows))), peak: peakOf(bars) };
}

function peakOf(bars: readonly Bar[]): Bar | null {
  const bySize = [...bars].sort((a, b) => b.rows - a.rows);
  const [largest] = bySize;
  const middle = bySize[Math.floor(bySize.length / 2)];
  return largest && middle && bySize.length > 2 && largest.rows >= outstanding * Math.max(1, middle.rows)
    ? largest
    : null;
}

/** The bar that arrow keys come to: `by` bars on, or back, from the one that is there; the ends hold. */
export function stepBar(bars: readonly Bar[], from: Bar | null, by: number): Bar | null {
  const at = from === null ? (by > 0 ? -1 : bars.length) : bars.findIndex(({ fromMs }) => fromMs === from.fromMs);
  return bars[Math.min(bars.length - 1, Math.max(0, at + by))] ?? null;
}

/** "+12,480 ±17,560 −48,211": inserts, updates, deletes; what is none is left out, and nothing at all is "no rows". */
export function countWords(
  { inserts, updates, deletes }: Pick<ChangeCounts, 'inserts' | 'updates' | 'deletes'>,
  say: (count: number) => string,
): string {
  const words = [
    ...(inserts > 0 ? [`+${say(inserts)}`] : []),
    ...(updates > 0 ? [`±${say(updates)}`] : []),
    ...(deletes > 0 ? [`−${say(deletes)}`] : []),
  ];
  return words.length === 0 ? 'no rows' : words.join(' ');
}
