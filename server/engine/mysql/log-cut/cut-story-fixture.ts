import fc from 'fast-check';
import type { LoggedGroup } from './cut-log-fixture.ts';

/** For tests: what happened on a few nodes, to the millisecond, as nobody but the test knows it. */
export interface Story {
  readonly nodes: readonly StoryNode[];
  readonly deeds: readonly Deed[];
}

export interface StoryNode {
  readonly skewMs: number;
  /** In the order in which they were committed. */
  readonly groups: readonly StoryGroup[];
}

/** A transaction: on one node, or over several. */
export interface Deed {
  readonly name: string;
  readonly begunMs: number;
  /** When its author was told that it is committed; null: it never was, wholly. */
  readonly acknowledgedMs: number | null;
  readonly isGlobal: boolean;
}

export interface StoryGroup extends LoggedGroup {
  readonly deed: Deed;
  readonly atMs: number;
  /** Rows it changes; only of `local` and `prepare`. */
  readonly keys: readonly number[];
}

export const storyBeginMs = 1_700_000_000_000;

const delays = fc.integer({ min: 0, max: 900 });
const planned = fc.record({
  pauseMs: fc.integer({ min: 0, max: 700 }),
  on: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }),
  isGlobal: fc.boolean(),
  ending: fc.constantFrom('commit', 'commit', 'commit', 'rollback', 'half', 'never'),
  keys: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 3 }),
  workMs: fc.array(fc.oneof(delays, fc.integer({ min: 0, max: 4_000 })), { minLength: 3, maxLength: 3 }),
  secondMs: fc.array(fc.oneof(delays, fc.integer({ min: 0, max: 6_000 })), { minLength: 3, maxLength: 3 }),
});
type Planned = typeof planned extends fc.Arbitrary<infer T> ? T : never;

const nodePlans = fc.array(
  fc.record({
    skewMs: fc.integer({ min: -2_500, max: 2_500 }),
    lagMs: fc.integer({ min: 0, max: 120 }),
    /** Until then after the beginning the log came only when somebody came for it. */
    lateMs: fc.constantFrom(0, 0, 4_000, 60_000),
  }),
  { minLength: 2, maxLength: 3 },
);

export const stories: fc.Arbitrary<Story> = fc
  .tuple(nodePlans, fc.array(planned, { minLength: 4, maxLength: 30 }))
  .map(([nodes, deeds]) => tell(nodes, deeds));

function tell(nodePlans: readonly { skewMs: number; lagMs: number; lateMs: number }[], plans: Planned[]): Story {
  const happened: { node: number; group: Omit<StoryGroup, 'timestamp' | 'receivedMs'> & { begunMs: number } }[] = [];
  const freeMs = new Map<string, number>();
  const deeds: Deed[] = [];
  let clock = storyBeginMs + 1_000;
  for (const [number, plan] of plans.entries()) {
    clock += plan.pauseMs;
    const on = plan.on.filter((node) => node < nodePlans.length).slice(0, plan.isGlobal ? 3 : 1);
    const locks = on.flatMap((node) => plan.keys.map((key) => `${node}:${key}`));
    const freed = Math.max(clock, ...locks.map((lock) => freeMs.get(lock) ?? 0));
    // It would wait for a transaction that nobody ends.
    if (on.length === 0 || freed === Number.POSITIVE_INFINITY) continue;
    const name = `g${number}`;
    const hasAll = plan.ending === 'commit' || !plan.isGlobal;
    const readyMs = on.map((node) => freed + plan.workMs[node]! + 1);
    const decidedMs = Math.max(...readyMs) + 1;
    const doneMs = on.map((node, at) => (at === 0 ? decidedMs : decidedMs + plan.secondMs[node]! + 1));
    const acknowledgedMs = !hasAll ? null : Math.max(...(plan.isGlobal ? doneMs : readyMs));
    const deed = { name, begunMs: clock, acknowledgedMs, isGlobal: plan.isGlobal };
    deeds.push(deed);
    for (const [at, node] of on.entries()) {
      const add = (kind: StoryGroup['kind'], atMs: number, begunMs: number) =>
        happened.push({
          node,
          group: {
            kind,
            global: name,
            deed,
            atMs,
            begunMs,
            keys: kind === 'commit' || kind === 'rollback' ? [] : plan.keys,
          },
        });
      if (!plan.isGlobal) add('local', readyMs[at]!, clock);
      else add('prepare', readyMs[at]!, readyMs[at]! - 1);
      const ends = plan.isGlobal && (plan.ending === 'half' ? at === 0 : plan.ending !== 'never');
      if (ends) add(plan.ending === 'rollback' ? 'rollback' : 'commit', doneMs[at]!, doneMs[at]! - 1);
      const until = !plan.isGlobal ? readyMs[at]! : ends ? doneMs[at]! : Number.POSITIVE_INFINITY;
      for (const key of plan.keys) freeMs.set(`${node}:${key}`, until + 1);
    }
  }
  return {
    deeds,
    nodes: nodePlans.map((plan, node) =>
      logged(
        plan,
        happened.filter((one) => one.node === node),
      ),
    ),
  };
}

function logged(
  { skewMs, lagMs, lateMs }: { skewMs: number; lagMs: number; lateMs: number },
  happened: readonly { group: Omit<StoryGroup, 'timestamp' | 'receivedMs'> & { begunMs: number } }[],
): StoryNode {
  const groups = happened.map(({ group }) => group).sort((a, b) => a.atMs - b.atMs);
  const late = storyBeginMs + lateMs;
  return {
    skewMs,
    groups: groups.map(({ begunMs, ...group }) => ({
      ...group,
      timestamp: Math.floor((begunMs + skewMs) / 1_000),
      receivedMs: Math.max(group.atMs + lagMs, group.atMs < late ? late : 0),
    })),
  };
}
