import { TidemarkError } from '#server/base/error.ts';
import type { TableCoverage } from './coverage.ts';

/** Where an instant lies with regard to what can be brought back, and the recoverable instants nearest to it. */
export interface NearestPoints {
  /**
   * `not-archived-yet`: after the safe edge, which moves on. `in-gap`: also after the last range, where it does not.
   * `nowhere`: there is no range.
   */
  where: 'in-range' | 'before-earliest' | 'in-gap' | 'not-archived-yet' | 'nowhere';
  /** Not later and not earlier than asked, as coverage writes them; of an instant in a range both are null. */
  before: string | null;
  after: string | null;
  /** Of the gap it lies in. */
  reason: string | null;
}

/** `at`: ISO 8601 with an offset. Parts of a millisecond are left out. */
export function nearestPoints({ ranges, gaps }: TableCoverage, at: string): NearestPoints {
  const asked = Date.parse(at);
  const within = ({ from, to }: { from: string; to: string }) => Date.parse(from) <= asked && asked <= Date.parse(to);
  if (ranges.some(within)) return { where: 'in-range', before: null, after: null, reason: null };

  const before = ranges.findLast(({ to }) => Date.parse(to) < asked)?.to ?? null;
  const after = ranges.find(({ from }) => Date.parse(from) > asked)?.from ?? null;
  // The gap behind the last range reaches as far as anybody asks: only a backup ends it.
  const last = gaps.at(-1);
  const behind = after === null && last && Date.parse(last.from) < asked ? last : undefined;
  const gap = gaps.find(within) ?? (behind && (before === null || last!.from >= before) ? behind : undefined);
  const reason = gap?.reason ?? null;
  if (ranges.length === 0) return { where: 'nowhere', before, after, reason };
  if (gap) return { where: 'in-gap', before, after, reason };
  return { where: before === null ? 'before-earliest' : 'not-archived-yet', before, after, reason };
}

/**
 * Refuses an instant that a table cannot be brought back to. Errors: `restore/before-earliest`, `restore/in-gap`,
 * `restore/not-archived-yet`, `restore/nothing-recoverable`; each names the bound that was crossed and the nearest
 * instants, in `context` too: `{ table, at, before, after, reason }`. `stoppedArchive`: the name of the cluster when its log
 * archive is stopped, else null: the edge of what can be restored moves on only while it runs.
 */
export function refuseUncovered(
  coverage: TableCoverage,
  table: string,
  at: string,
  stoppedArchive: string | null = null,
): void {
  const nearest = nearestPoints(coverage, at);
  const { where, before, after, reason } = nearest;
  if (where === 'in-range') return;
  const context = { table, at, before, after, reason };
  switch (where) {
    case 'nowhere':
      throw new TidemarkError(
        'restore/nothing-recoverable',
        `${table} cannot be brought back to any instant${reason === null ? '' : `: ${reason}`}`,
        { context },
      );
    case 'before-earliest':
      throw new TidemarkError(
        'restore/before-earliest',
        `${at} lies before ${after}, the earliest instant that ${table} can be brought back to`,
        { hint: nearestHint(nearest), context },
      );
    case 'in-gap':
      throw new TidemarkError('restore/in-gap', `${table} cannot be brought back to ${at}: ${reason}`, {
        hint: nearestHint(nearest),
        context,
      });
    case 'not-archived-yet':
      throw new TidemarkError(
        'restore/not-archived-yet',
        `${at} lies after ${before}, up to where the log behind ${table} is archived${stoppedArchive === null ? '' : ': the log archive is stopped'}`,
        { hint: `${nearestHint(nearest)} ${laterHint(stoppedArchive)}`, context },
      );
  }
}

const laterHint = (stoppedArchive: string | null) =>
  stoppedArchive === null
    ? 'The archive moves on: a later one can be restored soon.'
    : `For a later one, start the archive again: tidemark archive start ${stoppedArchive}`;

function nearestHint({ before, after }: NearestPoints): string {
  const near = [before, after].filter((at) => at !== null);
  return near.length === 2
    ? `The nearest instants that can be restored are ${near[0]} and ${near[1]}.`
    : `The nearest instant that can be restored is ${near[0]}.`;
}
