import { expect, test } from 'vitest';
import type { PlanLog } from '#server/contract/restore.ts';
import { parseTransaction } from '#server/contract/restore-point.ts';
import { withStorage } from '#server/engine/mysql/log-archive/segment-fixture.ts';
import { type LoggedGroup, writeLog } from '#server/engine/mysql/log-cut/cut-log-fixture.ts';
import { decideCut } from '#server/engine/mysql/log-cut/decide-cut.ts';
import type { CutPoint, NodeLog } from '#server/engine/mysql/log-cut/log-cut.ts';
import { planLogOf } from './point-cut.ts';

const second = 1_700_000_000;
const ms = (seconds: number) => (second + seconds) * 1_000;
const group = (kind: LoggedGroup['kind'], at: number, global?: string): LoggedGroup => ({
  ...{ kind, timestamp: second + at, receivedMs: ms(at) },
  ...(global === undefined ? {} : { global }),
});

/** What a plan says of the latest point, and what a run says of the stop that this becomes. `read`: nodes with rows. */
async function latestOf(nodes: readonly (readonly LoggedGroup[])[], { until = 9, read = nodes.length } = {}) {
  const said: { planned?: PlanLog; found?: PlanLog } = {};
  await withStorage(async (storage) => {
    const written = await Promise.all(nodes.map((groups, node) => writeLog(storage, node + 1, groups)));
    const logs = written.map(
      ({ log, places, end }, node): NodeLog => ({
        ...{ node: `n${node + 1}`, log, bases: node < read ? [places[0] ?? end] : [], prepared: [] },
        ...{ untilMs: ms(until), ends: 'it is short' },
      }),
    );
    const decide = async (point: CutPoint) => ({
      cut: await decideCut(logs, point, { sinceMs: ms(0) }),
      logs: { logs, spotOf: () => null },
    });
    said.planned = planLogOf(await decide({ kind: 'latest' }), { kind: 'latest' });
    const { stop } = said.planned;
    if (stop) said.found = planLogOf(await decide(cutPointOf(stop)), stop);
  });
  return { planned: said.planned!, found: said.found };
}

function cutPointOf(stop: NonNullable<PlanLog['stop']>): CutPoint {
  if (stop.kind === 'instant') return { kind: 'instant', atMs: Date.parse(stop.at) };
  if (stop.kind !== 'after') throw new Error(`a plan does not stop ${stop.kind}`);
  const named = parseTransaction(stop.transaction)!;
  return named.kind === 'gtid'
    ? { kind: 'after', node: named.node, gtid: named.gtid }
    : { kind: 'after', gtrid: named.gtrid };
}

test('the latest of one node is after its last transaction, also beyond the time that is surely archived', async () => {
  const { planned, found } = await latestOf([[group('local', 1), group('local', 5)]], { until: 3 });
  expect(planned.stop).toEqual({ kind: 'after', transaction: 'n1:1-1-2' });
  expect(found).toEqual({ ...planned, at: found!.at, resolution: found!.resolution });
});

test('the latest can run when the last group was only prepared, however long ago the one before it was', async () => {
  for (const at of [4, 1_000]) {
    const log = [group('local', 1), group('prepare', at, 'x'), group('prepare', at, 'y')];
    const { planned, found } = await latestOf([log], { until: at });
    expect(planned.stop).toEqual({ kind: 'after', transaction: 'n1:1-1-1' });
    expect(found!.nodes).toEqual(planned.nodes);
  }
});

test('the latest after a global transaction is after the last one of its name', async () => {
  const log = [1, 3].flatMap((at) => [group('prepare', at, 'x'), group('commit', at + 1, 'x')]);
  const { planned, found } = await latestOf([log], { until: 4 });
  expect(planned.stop).toEqual({ kind: 'after', transaction: 'n1:1-1-4' });
  expect(found!.nodes).toEqual(planned.nodes);
});

test('with nothing but what is prepared behind a backup, the latest is the backup', async () => {
  expect((await latestOf([[group('prepare', 1, 'x')]])).planned.stop).toBeNull();
  expect((await latestOf([[]])).planned.stop).toBeNull();
});

test('the latest of one of several nodes is the instant up to which it is archived', async () => {
  const one = [group('prepare', 1, 'x'), group('local', 12)];
  const other = [group('prepare', 1, 'x'), group('commit', 2, 'x')];
  const { planned, found } = await latestOf([one, other], { read: 1 });
  expect(planned.stop).toEqual({ kind: 'instant', at: new Date(ms(9)).toISOString() });
  expect(planned.nodes).toMatchObject([{ node: 'n1', last: { transaction: 'n1:1-1-1' }, late: 1 }]);
  expect(found).toEqual(planned);
});

test('where no log has rows behind the backup, the latest is a point all the same', async () => {
  expect((await latestOf([[group('local', 1)]], { read: 0 })).planned).toMatchObject({ stop: null, nodes: [] });
});
