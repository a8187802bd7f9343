import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tableCoverage } from './coverage.ts';
import { type ArchivedStream, type LogPart, type LogPoint, logPoint } from './log-part.ts';

/**
 * A world in which every commit is known, against which coverage is held. The model counts commits and knows nothing of
 * files, offsets, GTIDs and chains; coverage gets only those.
 */
const anySegment = fc.record({
  /** Commits: seconds since the one before, how long the statement took, and whether it is an ALTER TABLE of ours. */
  commits: fc.array(
    fc.record({
      wait: fc.integer({ min: 0, max: 4 }),
      took: fc.integer({ min: 0, max: 3 }),
      alters: fc.integer({ min: 0, max: 14 }).map((n) => n === 0),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  fate: fc.constantFrom('whole', 'whole', 'whole', 'whole', 'lost', 'incident', 'purged'),
  newServer: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  newFile: fc.boolean(),
  receivedLate: fc.integer({ min: 0, max: 30 }),
});
type Segment = typeof anySegment extends fc.Arbitrary<infer T> ? T : never;
const anyWorld = fc.record({
  nodes: fc.array(
    fc.record({
      segments: fc.array(anySegment, { minLength: 1, maxLength: 8 }),
      notYet: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  cuts: fc.uniqueArray(fc.integer({ min: 0, max: 70 }), { minLength: 1, maxLength: 4 }),
});

interface Commit {
  readonly committed: number;
  readonly time: number;
  readonly alters: boolean;
  archived: boolean;
}
/** Where the log stands after so many commits, and on which server. */
type Standing = { server: { id: number; uuid: null }; point: LogPoint };

interface World {
  readonly node: string;
  readonly commits: Commit[];
  readonly stream: ArchivedStream;
  readonly standing: Standing[];
}

const bytes = 100;
const stamp = (second: number) => second * 1000;

function build(node: string, segments: Segment[], notYet: number): World {
  const commits: Commit[] = [];
  const parts: LogPart[] = [];
  const standing: Standing[] = [];
  const problems = new Map<number, string>();
  let now = 0;
  let time = 0;
  let server = { id: 1, uuid: null };
  let file = 1;
  let inFile = 0;
  const here = (): Standing => ({
    server,
    point: logPoint({ file: `binlog.${String(file).padStart(6, '0')}`, offset: String(4 + inFile * bytes) }, [
      `0-${server.id}-${commits.length}`,
    ]),
  });
  standing.push(here());
  for (const [sequence, { commits: described, fate, newServer, newFile, receivedLate }] of segments.entries()) {
    const turned = newServer && sequence > 0;
    if (turned) server = { id: server.id + 1, uuid: null };
    if (turned || newFile) [file, inFile] = [turned ? 1 : file + 1, 0];
    const purged = fate === 'purged' ? 1 : 0;
    const isThere = sequence < segments.length - notYet;
    let begin = here().point;
    const statements: LogPart['statements'][number][] = [];
    const from = commits.length;
    for (const [number, { wait, took, alters }] of described.entries()) {
      now += wait;
      time = Math.max(time, now - took);
      if (alters && number >= purged) {
        const place = { file: here().point.file, position: String(here().point.offset) };
        statements.push({ kind: 'definition', gtid: '', at: time, ...place, database: 'd', sql: 'ALTER TABLE t' });
      }
      const archived = isThere && number >= purged && (fate === 'whole' || fate === 'purged');
      commits.push({ committed: now, time, alters, archived });
      inFile++;
      standing.push(here());
      if (number + 1 === purged) begin = here().point;
    }
    if (!isThere || described.length === purged) continue;
    if (fate === 'lost') problems.set(sequence, 'it is lost');
    const follows = purged ? 'gap' : turned ? 'group' : sequence === 0 ? 'nothing' : newFile ? 'file' : 'bytes';
    parts.push({
      ...{ sequence, piece: null, server, follows, begin, end: here().point, statements, statementsLeftOut: false },
      gap: purged ? { reason: 'purged', message: 'purged', foundAt: '' } : null,
      ...{ firstMs: stamp(commits[from + purged]!.time), committedMs: stamp(time) - 1 },
      ...{ receivedMs: stamp(now + receivedLate), clockSkewMs: 0, incident: fate === 'incident' },
      ...{
        sha256: `${sequence}`,
        previous: sequence === 0 ? null : { sequence: sequence - 1, sha256: `${sequence - 1}` },
      },
    });
  }
  const listed = parts.map((part) => {
    const problem = problems.get(part.sequence);
    return problem === undefined ? part : { sequence: part.sequence, piece: null, problem };
  });
  return { node, commits, standing, stream: { node, parts: listed, archivedUntilMs: null } };
}

const doneBy = ({ commits }: World, second: number) => commits.filter(({ committed }) => committed <= second).length;

/** The commits around the one with this number, from and to, that are archived without a hole. null: none touch it. */
function unbroken({ commits }: World, number: number): [number, number] | null {
  const ok = (index: number) => commits[index]?.archived === true;
  if (!ok(number) && !ok(number - 1)) return null;
  let from = number;
  let to = number;
  while (ok(from - 1)) from--;
  while (ok(to)) to++;
  return [from, to];
}

/** The last millisecond that a restore from a cut can go to on this node, as somebody who counts commits sees it. */
function modelReach(world: World, cut: number, cuts: readonly number[]): number {
  const start = doneBy(world, cut);
  const held = unbroken(world, start);
  if (!held) return stamp(cut);
  const [from, to] = held;
  const proven = cuts.filter((other) => doneBy(world, other) >= from && doneBy(world, other) <= to);
  const edge = Math.max(stamp(world.commits[to - 1]!.time) - 1, ...proven.map(stamp));
  const alter = world.commits.slice(start, to).find(({ alters }) => alters);
  return alter ? Math.min(edge, stamp(alter.time) - 1) : edge;
}

/** It is in the backup, or later than what is wanted, or archived and one that can be crossed. */
function fits({ committed, time, archived, alters }: Commit, cut: number, second: number): boolean {
  if (committed <= cut || committed > second) return true;
  return archived && !(alters && time <= second);
}

test('coverage is what somebody sees who knows every commit, whatever is lost, purged, altered or fails over', () => {
  const seen = { ranges: 0, gaps: 0, long: 0 };
  fc.assert(
    fc.property(anyWorld, ({ nodes, cuts: halves }) => {
      const worlds = nodes.map(({ segments, notYet }, index) => build(`s${index}`, segments, notYet));
      const cuts = halves.map((half) => half + 0.5);
      const backups = cuts.map((cut) => {
        const points = worlds.map((world) => ({
          ...{ node: world.node, atMs: stamp(cut) },
          ...world.standing[doneBy(world, cut)]!,
        }));
        const changedWith = { tables: [{ database: 'd', table: 't' }], standsAlone: null, crossable: 'none' as const };
        const fragments = points.map((one) => ({ ...one, database: 'd', table: 't', ownSnapshot: false, changedWith }));
        return { id: `${cut}`, cutMs: stamp(cut), finishedMs: stamp(cut), nodes: points, fragments };
      });
      const streams = worlds.map(({ stream }) => stream);
      const { ranges, gaps, safeUntil } = tableCoverage({ backups, streams, nowMs: stamp(200) });

      const reach = new Map(cuts.map((cut) => [cut, Math.min(...worlds.map((world) => modelReach(world, cut, cuts)))]));
      const wrong: string[] = [];
      for (let second = 0; second < 120; second += 0.25) {
        const ms = stamp(second);
        const wanted = cuts.some((cut) => cut === second || (cut <= second && ms <= reach.get(cut)!));
        const covered = ranges.some(({ from, to }) => ms >= Date.parse(from) && ms <= Date.parse(to));
        if (covered !== wanted) wrong.push(`${second} is ${covered ? '' : 'not '}covered`);
        // Whatever the model says: behind some backup nothing that was committed by then is missing or cannot be crossed.
        const whole = (cut: number) =>
          cut <= second && worlds.every(({ commits }) => commits.every((commit) => fits(commit, cut, second)));
        if (covered && !cuts.some(whole)) wrong.push(`${second} cannot be reached`);
        const between = gaps.some(({ from, to }) => ms > Date.parse(from) && ms < Date.parse(to));
        if (between && covered) wrong.push(`${second} is covered and in a gap`);
      }
      expect(wrong).toEqual([]);
      const ends = [...ranges, ...gaps].map(({ from, to }) => [from, to]).sort();
      for (const [index, [, to]] of ends.slice(0, -1).entries()) expect(ends[index + 1]![0]).toBe(to);
      expect(safeUntil).toBe(ranges.at(-1)!.to);
      for (const { reason } of gaps) expect(reason).not.toBe('');
      seen.ranges += ranges.length;
      seen.gaps += gaps.length;
      if (ranges.some(({ from, to }) => Date.parse(to) - Date.parse(from) > 5_000)) seen.long++;
    }),
    { numRuns: 400 },
  );
  expect(seen.ranges).toBeGreaterThan(400);
  expect(seen.gaps).toBeGreaterThan(200);
  expect(seen.long).toBeGreaterThan(20);
});
