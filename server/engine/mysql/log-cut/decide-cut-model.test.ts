import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasCode } from '#server/base/error.ts';
import { withStorage } from '../log-archive/segment-fixture.ts';
import { partsOf, type WrittenGroup, type WrittenLog, writeLog, xidOf } from './cut-log-fixture.ts';
import { doneAt, type ModelCut, modelCut } from './cut-model-fixture.ts';
import { type Story, type StoryGroup, type StoryNode, stories, storyBeginMs } from './cut-story-fixture.ts';
import { decideCut } from './decide-cut.ts';
import type { CutPoint, LogCut, NodeCut, NodeLog } from './log-cut.ts';

const ms = (from: number, to: number) => fc.integer({ min: storyBeginMs + from, max: storyBeginMs + to });
const forever = storyBeginMs + 1_000_000;

interface Told {
  readonly story: Story;
  readonly written: readonly WrittenLog[];
  /** By node: the number of the group at which the rows of the backup stand. */
  readonly floors: readonly number[];
  readonly logs: readonly NodeLog[];
}

const runs = 25;

/** Stories, each written as archives are, with a backup whose nodes need not have stood at the same time. */
function everyStory(check: (told: Told, pointsMs: readonly number[]) => Promise<void>) {
  const points = fc.array(ms(3_000, 25_000), { minLength: 6, maxLength: 6 });
  const bases = fc.array(ms(0, 3_000), { minLength: 3, maxLength: 3 });
  const property = fc.asyncProperty(
    stories,
    bases,
    fc.oneof(
      fc.record({ perSegment: fc.integer({ min: 2, max: 9 }), within: fc.constant(false) }),
      fc.record({ perSegment: fc.integer({ min: 5, max: 25 }), within: fc.constant(true) }),
    ),
    points,
    (story, at, segments, times) =>
      withStorage(async (storage) => {
        const written = await Promise.all(
          story.nodes.map(({ groups, skewMs }, node) => writeLog(storage, node + 1, groups, { skewMs, ...segments })),
        );
        const floors = story.nodes.map(({ groups }, node) => groups.filter(({ atMs }) => atMs <= at[node]!).length);
        const logs = story.nodes.map((node, number): NodeLog => {
          const { log, places, end } = written[number]!;
          const floor = floors[number]!;
          const open = node.groups
            .slice(0, floor)
            .filter((one) => one.kind === 'prepare' && doneAt(node, one) >= floor);
          return {
            ...{
              node: `n${number}`,
              log,
              bases: [places[floor] ?? end],
              prepared: open.map(({ global }) => xidOf(global!)),
            },
            ...{ untilMs: forever, ends: 'nothing more is archived' },
          };
        });
        await check({ story, written, floors, logs }, times);
      }),
  );
  return fc.assert(property, { numRuns: runs, endOnFailure: true });
}

const decide = ({ logs }: Pick<Told, 'logs'>, point: CutPoint) =>
  decideCut(logs, point, { sinceMs: storyBeginMs + 3_000 });

/** By node, the numbers of the groups whose rows are laid over those of the backup. */
function takenIn({ story, written }: Told, cut: LogCut): number[][] {
  return story.nodes.map(({ groups }, node) => {
    const { begin, includes } = cut.nodes.get(`n${node}`)!;
    if (!begin) return [];
    return groups.flatMap(({ keys }, number) =>
      keys.length > 0 && isWhollyIn(written[node]!.places[number]!, includes) ? [number] : [],
    );
  });
}

/** Of a group that lies in several segments, all is in or nothing. */
function isWhollyIn(group: WrittenGroup, includes: NodeCut['includes']): boolean {
  const parts = new Set(partsOf(group).map((part) => includes(part)));
  expect(parts.size, `${group.gtid} is half in`).toBe(1);
  return parts.has(true);
}

function expectedOf({ story, floors }: Told, { borders, isIn }: ModelCut): number[][] {
  return story.nodes.map((node, at) =>
    node.groups.flatMap((group, number) => {
      if (group.keys.length === 0) return [];
      const done = doneAt(node, group);
      if (group.kind === 'local') return number >= floors[at]! && number < borders[at]! ? [number] : [];
      const isUndone = node.groups[done]?.kind === 'rollback';
      return isIn.has(group.deed.name) && !isUndone && done >= floors[at]! ? [number] : [];
    }),
  );
}

/** The deeds whose rows are there once the groups are laid over the backup. */
function presentOn(node: StoryNode, floor: number, taken: readonly number[]): Set<string> {
  const before = node.groups.slice(0, floor).filter(({ kind }) => kind === 'local' || kind === 'commit');
  return new Set([...before, ...taken.map((number) => node.groups[number]!)].map(({ deed }) => deed.name));
}

test('what is in is what a naive model says, with delayed second commits, rollbacks and what never ended', async () => {
  await everyStory(async (told, points) => {
    for (const atMs of points) {
      const cut = await decide(told, { kind: 'instant', atMs });
      expect(takenIn(told, cut)).toEqual(expectedOf(told, modelCut(told.story.nodes, atMs, told.floors)));
      expect(cut.inDoubt).toEqual([]);
      expect(cut.missing).toEqual([]);
    }
  });
});

test('no transaction is half in; acknowledged before the resolution is in, begun after the instant is not', async () => {
  await everyStory(async (told, points) => {
    const { story, floors } = told;
    for (const atMs of points) {
      const cut = await decide(told, { kind: 'instant', atMs });
      const taken = takenIn(told, cut);
      const present = story.nodes.map((node, at) => presentOn(node, floors[at]!, taken[at]!));
      for (const deed of story.deeds) {
        const on = story.nodes.flatMap(({ groups }, at) => (groups.some((group) => group.deed === deed) ? [at] : []));
        const is = new Set(on.map((at) => present[at]!.has(deed.name)));
        expect(is.size, `${deed.name} is half in`).toBe(1);
        if (deed.acknowledgedMs !== null && deed.acknowledgedMs < atMs - cut.resolution.ms)
          expect([...is]).toEqual([true]);
        if (deed.begunMs > atMs) expect([...is]).toEqual([false]);
      }
      expect(cut.resolution.ms).toBeLessThanOrEqual(1_000);
    }
  });
});

test('rows of what was committed late may be laid where they were prepared: nobody else changed them', async () => {
  await everyStory(async (told, points) => {
    for (const atMs of points) {
      const taken = takenIn(told, await decide(told, { kind: 'instant', atMs }));
      for (const [at, node] of told.story.nodes.entries()) {
        const byLog = taken[at]!;
        const byEnd = [...byLog].sort((a, b) => doneAt(node, node.groups[a]!) - doneAt(node, node.groups[b]!));
        expect(lastWriters(node, byLog)).toEqual(lastWriters(node, byEnd));
      }
    }
  });
});

const lastWriters = ({ groups }: StoryNode, numbers: readonly number[]) =>
  new Map(
    numbers
      .flatMap((number) => groups[number]!.keys.map((key) => [key, groups[number]!.deed.name] as const))
      .toSorted(([a], [b]) => a - b),
  );

test('before and after a transaction, no transaction is half in and its own node stops exactly there', async () => {
  const counts = { whole: 0, exact: 0 };
  await everyStory(async (told, points) => {
    const { story, written, floors } = told;
    for (const [round, pick] of points.entries()) {
      const node = pick % story.nodes.length;
      const { groups } = story.nodes[node]!;
      const later = groups.flatMap((group, number) => (number >= floors[node]! ? [{ group, number }] : []));
      const isCommitted = ({ deed, kind }: StoryGroup) =>
        kind === 'local' || story.nodes.some((one) => one.groups.some((each) => isCommitOf(each, deed)));
      // Where the backup of a node is later than the transaction, there is nothing to stop at.
      const possible = later.filter(({ group }) => group.atMs > storyBeginMs + 3_000 && isCommitted(group));
      const chosen = possible[pick % possible.length];
      if (!chosen) continue;
      const { deed, kind } = chosen.group;
      const isAfter = round % 2 === 0;
      const { gtid } = written[node]!.places[chosen.number]!;
      const cut = await decide(told, { kind: isAfter ? 'after' : 'before', node: `n${node}`, gtid }).catch((error) => {
        // It may have been committed before the backup.
        const isHeld = story.nodes.some((one, at) =>
          one.groups.slice(0, floors[at]).some((each) => isCommitOf(each, deed)),
        );
        if (!isAfter && isHeld && hasCode(error, 'restore/before-earliest')) return null;
        throw error;
      });
      if (!cut) continue;
      counts.whole++;
      const taken = takenIn(told, cut);
      const present = story.nodes.map((one, at) => presentOn(one, floors[at]!, taken[at]!));
      for (const each of story.deeds) {
        const on = story.nodes.flatMap((one, at) => (one.groups.some((group) => group.deed === each) ? [at] : []));
        expect(new Set(on.map((at) => present[at]!.has(each.name))).size, `${each.name} is half in`).toBe(1);
      }
      const wasThere = presentOn(story.nodes[node]!, floors[node]!, []).has(deed.name);
      expect(present[node]!.has(deed.name)).toBe(isAfter || wasThere);
      if (kind !== 'local') continue;
      counts.exact++;
      const locals = (numbers: number[]) => numbers.filter((number) => groups[number]!.kind === 'local');
      const wanted = later.filter(({ number }) => (isAfter ? number <= chosen.number : number < chosen.number));
      expect(locals(taken[node]!)).toEqual(locals(wanted.map(({ number }) => number)));
    }
  });
  expect(counts.whole).toBeGreaterThan(runs);
  expect(counts.exact).toBeGreaterThan(runs / 2);
});

const isCommitOf = ({ kind, deed }: StoryGroup, of: StoryGroup['deed']) => kind === 'commit' && deed === of;

test('what a log that is not there could have decided is left out and listed', async () => {
  await everyStory(async (told, points) => {
    const { story, written, floors } = told;
    for (const [round, atMs] of points.entries()) {
      const silent = story.nodes.length - 1;
      const { log, places } = written[silent]!;
      const segments = round % log.length;
      const known = places.filter(({ lastSequence }) => lastSequence < segments).length;
      const untilMs = story.nodes[silent]!.groups[known - 1]?.atMs ?? storyBeginMs;
      if (untilMs >= atMs) continue;
      const short: NodeLog = {
        node: `n${silent}`,
        log: log.slice(0, segments),
        bases: [],
        prepared: [],
        untilMs,
        ends: 'it ends',
      };
      const cut = await decide({ logs: [...told.logs.slice(0, -1), short] }, { kind: 'instant', atMs });
      const truth = modelCut(story.nodes, atMs, [...floors.slice(0, -1), 0]);
      const doubtful = new Set(cut.inDoubt.map(({ xid }) => xid));
      for (const [at, numbers] of takenIn(told, cut).slice(0, -1).entries()) {
        const wanted = expectedOf(told, truth)[at]!;
        // Without what is missing, fewer are in, and each that is not is listed.
        const { groups } = story.nodes[at]!;
        const differs = (number: number) => wanted.includes(number) !== numbers.includes(number);
        const wrong = groups.filter((group, number) => group.kind === 'prepare' && differs(number));
        expect(wrong.filter(({ global }) => !doubtful.has(xidOf(global!)))).toEqual([]);
      }
    }
  });
});
