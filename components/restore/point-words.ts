import { formatCount } from '#components/format/number.ts';
import type { State } from '#components/ui/glyph.tsx';
import type { LoggedTransaction } from '#server/contract/changes.ts';
import type { CoverageView } from '#server/contract/coverage.ts';
import { nearestPoints } from '#server/contract/nearest-points.ts';
import { countWords } from './histogram-bars.ts';

/** What is known that a point is held against; what is not known yet is undefined. */
export interface PointFacts {
  coverage: CoverageView | undefined;
  /** Backups that hold the table. */
  backups: readonly { at: Date; startedAt: Date; finishedAt: Date }[];
  /** The last commit that the archive holds, of any of the table's nodes; null: none. */
  lastCommit: string | null;
  now: Date | undefined;
}

/** Where a point lies and what that means; instants stand apart, because their zone is the reader's choice. */
export interface PointVerdict {
  word: string;
  state: State;
  /** Whether a plan can be made of it, as far as is known. */
  possible: boolean;
  /** A sentence, with `{1}`, `{2}` where its instants belong. */
  means: string;
  instants: string[];
  /** The recoverable instants nearest to one that is not. */
  nearest: string[];
}

const found = (word: string, state: State, means: string, instants: string[] = []): PointVerdict => ({
  ...{ word, state, means, instants, nearest: [], possible: state !== 'bad' },
});

/** Of an instant. */
export function judgeInstant(at: string, { coverage, backups, lastCommit, now }: PointFacts): PointVerdict {
  if (coverage === undefined)
    return found('Not looked up yet', 'unknown', 'The plan says whether it can be brought back to.');
  const ms = Date.parse(at);
  const { where, before, after, reason } = nearestPoints(coverage, at);
  const nearest = [before, after].filter((one) => one !== null);
  const not = (means: string, instants: string[] = []) => ({
    ...found('Not recoverable', 'bad', means, instants),
    nearest,
  });
  if (where === 'nowhere') return not(reason ? sentence(reason) : 'No backup holds the table.');
  if (where === 'before-earliest')
    return not('It lies before {1}, the earliest instant that can be brought back to.', [after!]);
  if (where === 'in-gap') return not(reason ? sentence(reason) : 'It lies in a gap.');
  if (where === 'not-archived-yet') {
    return now !== undefined && ms > now.getTime()
      ? not('It has not come yet.')
      : not('The log is archived up to {1}, and moves on.', [before!]);
  }
  if (lastCommit !== null && ms > Date.parse(lastCommit) + 1_000) {
    const means = 'Nothing was committed after {1}: what comes back is the table as the archive has it last.';
    return found('After the last commit', 'ok', means, [lastCommit]);
  }
  const inside = backups.find(({ startedAt, at: cut }) => startedAt.getTime() <= ms && ms < cut.getTime());
  if (inside) {
    const means = 'A backup was being taken then; it stands at {1}. The one before it is used, with the log since.';
    return found('Inside a backup', 'ok', means, [inside.at.toISOString()]);
  }
  return found('Recoverable', 'ok', 'What was committed by then comes back, and nothing later.');
}

/** Where a transaction lies is known to the second, by another clock: so near to what is recoverable, the plan decides. */
const doubtMs = 5_000;

/** Of a transaction, by its time: on its own node it is exact whatever its second. */
export function judgeTransaction(at: string, facts: PointFacts): PointVerdict {
  const own = judgeInstant(at, facts);
  if (facts.coverage === undefined) return own;
  const ms = Date.parse(at);
  // A backup that was just taken begins a range that may be shorter than the second.
  const isNear = facts.coverage.ranges.some(
    ({ from, to }) => Date.parse(from) <= ms + doubtMs && Date.parse(to) >= ms - doubtMs,
  );
  if (!isNear) return own;
  const alone = facts.coverage.logs.length <= 1;
  return found('Recoverable', 'ok', alone ? 'Exact, whatever the time of others.' : 'Other nodes stop at its time.');
}

/** Everything that is archived when the plan is made. */
export function judgeLatest({ coverage, now }: PointFacts): PointVerdict {
  if (coverage === undefined) return found('Not looked up yet', 'unknown', 'The plan says how far it goes.');
  if (coverage.safeUntil === null) return found('Not recoverable', 'bad', 'Nothing can be brought back yet.');
  const open = coverage.gaps.at(-1);
  const ended = open !== undefined && Date.parse(open.from) >= Date.parse(coverage.safeUntil);
  if (!ended)
    return found('Recoverable', 'ok', 'All that is archived when the plan is made: now up to {1}.', [
      coverage.safeUntil,
    ]);
  const behind = now === undefined ? '' : ' Later changes are not in it.';
  return found('Not up to now', 'warn', `It goes up to {1} only: ${open.reason}.${behind}`, [coverage.safeUntil]);
}

/** What a point just before or after a transaction brings back of it; undefined: it is not in sight. */
export function aroundWords(
  before: boolean,
  transaction: Pick<LoggedTransaction, 'inserts' | 'updates' | 'deletes' | 'statement'> | undefined,
): string {
  const { inserts, updates, deletes } = transaction ?? { inserts: 0, updates: 0, deletes: 0 };
  const rows =
    inserts + updates + deletes > 0 ? `${countWords({ inserts, updates, deletes }, formatCount)} rows` : null;
  const its = rows ? `its ${rows}` : transaction?.statement ? 'its statement' : 'what it changed';
  return before
    ? `Everything committed before it comes back; ${its} and all later changes do not.`
    : `It comes back with ${its}; later changes do not.`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
