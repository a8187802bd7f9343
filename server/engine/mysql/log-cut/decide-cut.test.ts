import { expect, test } from 'vitest';
import { withStorage } from '../log-archive/segment-fixture.ts';
import { type LoggedGroup, partsOf, writeLog, xidOf } from './cut-log-fixture.ts';
import { decideCut } from './decide-cut.ts';
import type { CutPoint, NodeLog } from './log-cut.ts';

const second = 1_700_000_000;
const ms = (seconds: number) => (second + seconds) * 1_000;

/** `at` in seconds, as our clock and the server's say; it came to us at once unless `received` says otherwise. */
const group = (kind: LoggedGroup['kind'], at: number, global?: string, received = at): LoggedGroup => ({
  ...{ kind, timestamp: second + Math.floor(at), receivedMs: ms(received) },
  ...(global === undefined ? {} : { global }),
});

/** What a point takes in of logs that begin where the backup stands, by node and number of the group, from 1. */
async function cutOf(
  nodes: readonly (readonly LoggedGroup[])[],
  point: CutPoint,
  of: Partial<NodeLog>[] = [],
  segments: Parameters<typeof writeLog>[3] = { perSegment: 3 },
) {
  let cut: Awaited<ReturnType<typeof decideCut>> | undefined;
  let taken: number[][] = [];
  await withStorage(async (storage) => {
    const written = await Promise.all(nodes.map((groups, node) => writeLog(storage, node + 1, groups, segments)));
    const logs = written.map(
      ({ log, places, end }, node): NodeLog => ({
        ...{
          node: `n${node + 1}`,
          log,
          bases: [places[0] ?? end],
          prepared: [],
          untilMs: ms(1_000),
          ends: 'it is short',
        },
        ...of[node],
      }),
    );
    cut = await decideCut(logs, point, { sinceMs: ms(0) });
    taken = written.map(({ places }, node) =>
      places.flatMap((place, at) =>
        partsOf(place).flatMap((part) => (cut!.nodes.get(`n${node + 1}`)!.includes(part) ? [at + 1] : [])),
      ),
    );
  });
  return { taken, cut: cut! };
}

const instant = (at: number): CutPoint => ({ kind: 'instant', atMs: ms(at) });

test('a node stops before the first transaction that was committed after the instant', async () => {
  const log = [1.2, 2.1, 2.6, 3.4].map((at) => group('local', at));
  expect((await cutOf([log], instant(2.5))).taken).toEqual([[1, 2]]);
  expect((await cutOf([log], instant(2.6))).taken).toEqual([[1, 2, 3]]);
  expect((await cutOf([log], instant(1))).taken).toEqual([[]]);
  expect((await cutOf([log], instant(9))).taken).toEqual([[1, 2, 3, 4]]);
});

test('of a log that came late, an instant takes in what began in a second that was over', async () => {
  const log = [1.2, 2.1, 2.6, 3.4].map((at) => group('local', at, undefined, 100));
  const { taken, cut } = await cutOf([log], instant(2.5));
  expect(taken).toEqual([[1]]);
  expect(cut.resolution.ms).toBe(500);
});

test('what began earlier and was committed later is not before its time in the log', async () => {
  const log = [group('local', 9.1), { ...group('local', 12.1), timestamp: second + 8 }, group('local', 12.3)];
  expect((await cutOf([log], instant(9.5))).taken).toEqual([[1]]);
  expect((await cutOf([log], instant(12.2))).taken).toEqual([[1, 2]]);
});

test('before and after a transaction are exact, whatever the times', async () => {
  const log = [1, 1, 1, 1].map((at) => group('local', at));
  expect((await cutOf([log], { kind: 'before', node: null, gtid: '1-1-3' })).taken).toEqual([[1, 2]]);
  expect((await cutOf([log], { kind: 'after', node: 'n1', gtid: '1-1-3' })).taken).toEqual([[1, 2, 3]]);
  await expect(cutOf([log], { kind: 'after', node: null, gtid: '1-1-9' })).rejects.toMatchObject({ code: 'not-found' });
});

test('all of a transaction is in that was cut within itself, and all that its log takes to read is named', async () => {
  const within = { perSegment: 2, within: true };
  const log = [1, 1, 1].map((at) => group('local', at));
  const { taken, cut } = await cutOf([log], { kind: 'after', node: null, gtid: '1-1-2' }, [], within);
  // Of four events each: once for each segment they lie in.
  expect(taken).toEqual([[1, 1, 2, 2]]);
  expect(cut.nodes.get('n1')!.end.sequence).toBe(3);
  const before = await cutOf([log], { kind: 'before', node: null, gtid: '1-1-2' }, [], within);
  expect(before.taken).toEqual([[1, 1]]);
  const late = [group('local', 1), group('prepare', 3, 'x', 3), group('commit', 9, 'x'), group('local', 12)];
  const early = [group('prepare', 1, 'x'), group('commit', 2, 'x'), group('local', 12)];
  expect((await cutOf([late, early], instant(2.5), [], within)).taken[0]).toEqual([1, 1, 2, 2, 2]);
});

test('the latest point of a single node takes in all of its log', async () => {
  expect((await cutOf([[1, 2, 3, 4].map((at) => group('local', at))], { kind: 'latest' })).taken).toEqual([
    [1, 2, 3, 4],
  ]);
});

test('groups that were rolled back, or have no end, are not in', async () => {
  const log = [group('local', 1), group('undone', 2), group('definition', 3), group('local', 4)];
  expect((await cutOf([log], instant(9))).taken).toEqual([[1, 3, 4]]);
});

const oneSide = [group('prepare', 1, 'x'), group('commit', 2, 'x'), group('local', 8)];
const otherSide = [group('prepare', 1, 'x'), group('local', 3), group('commit', 5, 'x'), group('local', 8)];

test('a global transaction is in on every node as soon as one has committed it', async () => {
  const { taken, cut } = await cutOf([oneSide, otherSide], instant(4));
  expect(taken).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(cut.nodes.get('n2')!.late).toEqual([{ xid: xidOf('x'), gtid: '2-1-1' }]);
  expect((await cutOf([oneSide, otherSide], instant(1.5))).taken).toEqual([[], []]);
});

test('nodes without rows of the table decide too', async () => {
  const bare = { bases: [] };
  const decided = async (at: number) => {
    let isIn: boolean | undefined;
    await withStorage(async (storage) => {
      const [one, two] = [await writeLog(storage, 1, oneSide), await writeLog(storage, 2, otherSide)];
      const untilMs = ms(1_000);
      const logs: NodeLog[] = [
        { node: 'n1', log: one.log, ...bare, prepared: [], untilMs, ends: '' },
        { node: 'n2', log: two.log, bases: [two.places[0]!], prepared: [], untilMs, ends: '' },
      ];
      const cut = await decideCut(logs, instant(at), { sinceMs: ms(0) });
      isIn = cut.nodes.get('n2')!.includes(two.places[0]!);
    });
    return isIn;
  };
  expect(await decided(4)).toBe(true);
  expect(await decided(1.5)).toBe(false);
});

test('what was prepared before the log begins and is in is told to be missing', async () => {
  const log = [group('local', 1), group('commit', 2, 'old'), group('rollback', 3, 'void'), group('local', 9)];
  const prepared = ['old', 'void', 'open'].map(xidOf);
  const { cut } = await cutOf([log], instant(5), [{ prepared }]);
  expect(cut.missing.map(({ xid, node }) => [xid, node])).toEqual([[xidOf('old'), 'n1']]);
  expect((await cutOf([log], instant(1.5), [{ prepared }])).cut.missing).toEqual([]);
});

test('a node with rows that is not archived up to the point refuses it, with how far it is', async () => {
  const short = { untilMs: ms(3), ends: 'the log of node n1 is archived up to then' };
  await expect(cutOf([[group('local', 1)]], instant(4), [short])).rejects.toMatchObject({
    code: 'restore/not-archived-yet',
    message: expect.stringContaining(new Date(ms(3)).toISOString()),
  });
});

test('a name that is used again names another transaction', async () => {
  const log = [group('prepare', 1, 'x'), group('commit', 2, 'x'), group('prepare', 3, 'x'), group('rollback', 6, 'x')];
  expect((await cutOf([log, [group('local', 9)]], instant(5))).taken[0]).toEqual([1, 2]);
});
