import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { MariadbServer } from '#lab/mariadb-server.ts';
import { pause } from '#server/base/abort.ts';
import { systemClock } from '#server/base/clock.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { takeCut } from '#server/engine/mysql/cut.ts';
import { decideCut } from '#server/engine/mysql/log-cut/decide-cut.ts';
import type { CutPoint, LogCut } from '#server/engine/mysql/log-cut/log-cut.ts';
import type { LogSpot } from '#server/engine/mysql/log-cut/log-spot.ts';
import { type ScannedGroup, scanGroups } from '#server/engine/mysql/log-cut/scan-groups.ts';
import type { LogObject } from '#server/engine/mysql/table-log/log-object.ts';
import { readTableLog } from '#server/engine/mysql/table-log/read-table-log.ts';
import { sampleManifest, sampleTable } from '#server/manifest/sample-fixture.ts';
import { ArchiveFixture, accessOf, binlogsOf, RunningArchive, stream } from '../archive/archive-fixture.ts';
import { CoverageCache } from '../coverage/read-coverage.ts';
import { type NodeLogs, readNodeLogs } from './node-logs.ts';
import { globalName, idsOf, type Transfer, Transfers } from './transfers-fixture.ts';

const names = ['s1', 's2'];
const none = new AbortController().signal;
const fixture = new ArchiveFixture();
const servers: MariadbServer[] = [];
let archives: RunningArchive[] = [];
let transfers: readonly Transfer[];
let sinceMs: number;
let untilMs: number;
let openAtBase: number;
let recovered: number;
/** By node: what the backup holds, the groups of the log, and the ids that rows of it insert, with their groups. */
const baseIds: Set<number>[] = [];
let logs: NodeLogs['logs'];
const groups: ScannedGroup[][] = [];
const rows: { readonly place: LogSpot; readonly ids: readonly number[] }[][] = [];

const accessTo = (node: number): MysqlAccess => ({ ...accessOf(servers[node]!), node: names[node]! });

beforeAll(async () => {
  await fixture.open();
  for (const [node, name] of names.entries()) servers.push(await fixture.server(name, { serverId: node + 1 }));
  for (const server of servers) {
    await server.sql('CREATE DATABASE bank; CREATE TABLE bank.transfer (id INT PRIMARY KEY, amount INT NOT NULL)');
  }
  archives = names.map((name, node) => {
    const ofNode = { ...stream, id: name, node: name };
    const sizes = { segmentBytes: 600_000 };
    const { storage } = fixture;
    return new RunningArchive({ storage, stream: ofNode, node: accessTo(node), begin: 'oldest', sizes });
  });
  const working = new Transfers(
    names.map((_, node) => accessTo(node)),
    32,
  );
  await pause(2_500, none);
  const position = await takeBackup();
  await pause(3_000, none);
  working.holdOn();
  await servers[1]!.kill();
  servers[1] = await fixture.server('s2', { serverId: 2, port: servers[1]!.port });
  await working.recover();
  await pause(3_000, none);
  await working.end();
  transfers = working.all;
  recovered = working.recovered;
  untilMs = Date.now();
  const look = () => expect(names.map((_, node) => missing(node))).toEqual([0, 0]);
  await vi.waitFor(look, { timeout: 20_000, interval: 20 });
  for (const archive of archives) await archive.stop();
  await readLogs(position);
}, 60_000);
afterAll(() => fixture.close());

function missing(node: number): number | null {
  const [file, bytes] = [...binlogsOf(servers[node]!)].at(-1)!;
  const { durable, caughtUpAt } = archives[node]!.status ?? {};
  if (durable?.file !== file || (caughtUpAt?.getTime() ?? 0) < untilMs) return null;
  return bytes.length - Number(durable.position);
}

/** Reads both nodes in the midst of it: what is prepared then is not seen, and its rows lie before the position. */
async function takeBackup() {
  const nodes = names.map((name, node) => ({ name, access: accessTo(node) }));
  const taken = await takeCut(nodes, {
    ...{ connectionsPerNode: 1, maxTries: 1, stop: none, abandon: none, clock: systemClock },
  });
  for (const { workers } of taken.sessions) {
    const found = await workers[0]!.query('SELECT id FROM bank.transfer');
    baseIds.push(new Set(found.map((row) => Number(row.id))));
  }
  await taken.close();
  return taken.cut;
}

async function readLogs(cut: Awaited<ReturnType<typeof takeBackup>>): Promise<void> {
  sinceMs = Date.parse(cut.at);
  openAtBase = cut.nodes.reduce((sum, { preparedXids }) => sum + preparedXids.length, 0);
  const manifest = { ...sampleManifest('b', sampleTable('t', [], []), '0'.repeat(64)), cut, finishedAt: cut.at };
  const fragments = cut.nodes.map(({ node, position }) => ({ node, position, ownSnapshot: false }));
  const archivedUntil = new Map(archives.map((archive, node) => [names[node]!, archive.status!.caughtUpAt!]));
  const places = [{ storage: fixture.storage, cache: new CoverageCache() }];
  ({ logs } = await readNodeLogs({ clusterId: stream.cluster.id, places, archivedUntil }, manifest, fragments));
  for (const { log } of logs) {
    const scanned: ScannedGroup[] = [];
    for await (const some of scanGroups(log)) scanned.push(...some);
    groups.push(scanned);
    const found: { place: LogSpot; ids: number[] }[] = [];
    let place: LogSpot | null = null;
    const tables = [{ database: 'bank', table: 'transfer' }];
    const includes = (group: LogSpot) => {
      place = { ...group };
      return true;
    };
    for await (const { event } of readTableLog({ log, tables, includes })) {
      found.push({ place: place!, ids: idsOf(event.images) });
    }
    rows.push(found);
  }
}

const decide = (point: CutPoint) => decideCut(logs, point, { sinceMs });

function presentOn(node: number, cut: LogCut): Set<number> {
  const { includes } = cut.nodes.get(names[node]!)!;
  const laid = rows[node]!.filter(({ place }) => includes(place)).flatMap(({ ids }) => ids);
  const twice = laid.filter((id) => baseIds[node]!.has(id));
  expect(twice, 'what the backup holds is not laid over it again').toEqual([]);
  return new Set([...baseIds[node]!, ...laid]);
}

/** What was measured of the clocks of this machine, which are one, was wrong by so much. */
const skewMs = () =>
  Math.max(...logs.flatMap(({ log }) => log.map(({ index }) => Math.abs(index.summary.clockSkewMs))));

const objects = () => logs.flatMap(({ log }) => log);
const headerBytes = () => objects().reduce((all, { index }) => all + sumOf(index.header), 0);
const logBytes = () =>
  headerBytes() + objects().reduce((all, { index }) => all + sumOf(index.tables.flatMap(({ frames }) => frames)), 0);
const sumOf = (frames: LogObject['index']['header']) => frames.reduce((all, [, length]) => all + length, 0);

interface Found {
  readonly in: number;
  readonly late: number;
  readonly wrong: string[];
}

/** Holds a cut against what the authors of all transfers know. */
function check(cut: LogCut, resolutionMs = cut.resolution.ms): Found {
  const present = names.map((_, node) => presentOn(node, cut));
  const wrong: string[] = [];
  let count = 0;
  for (const { id, on, decision, begunMs, acknowledgedMs } of transfers) {
    const has = (on === 'both' ? [0, 1] : [on]).map((node) => present[node]!.has(id));
    const isIn = has[0]!;
    if (isIn) count++;
    if (has.some((one) => one !== isIn)) wrong.push(`${id} is half in`);
    else if (isIn && decision !== 'commit') wrong.push(`${id} was never committed and is in`);
    else if (isIn && begunMs > cut.atMs + skewMs()) wrong.push(`${id} began ${begunMs - cut.atMs} ms after the point`);
    else if (!isIn && acknowledgedMs !== null && acknowledgedMs < cut.atMs - resolutionMs - skewMs()) {
      wrong.push(`${id} was acknowledged ${cut.atMs - acknowledgedMs} ms before the point and is not in`);
    }
  }
  const late = [...cut.nodes.values()].reduce((sum, node) => sum + node.late.length, 0);
  return { in: count, late, wrong };
}

const random = (from: number, to: number) => Math.floor(from + Math.random() * (to - from));

/** Whether a global transaction is in by the time of its commit on each node alone, as tools do that know one node. */
function tornByNode(atMs: number): number {
  const committed = groups.map(
    (all) =>
      new Set(all.filter(({ effect, atMs: at }) => effect === 'xa commit' && at <= atMs).map(({ xid }) => xid!.gtrid)),
  );
  const [one, two] = [committed[0]!, committed[1]!];
  return [...one].filter((gtrid) => !two.has(gtrid)).length + [...two].filter((gtrid) => !one.has(gtrid)).length;
}

test('at any instant no transfer is half in, and all are in that were acknowledged before its resolution', async () => {
  const told = { late: 0, torn: 0, resolutionMs: [] as number[] };
  for (let round = 0; round < 50; round++) {
    const cut = await decide({ kind: 'instant', atMs: random(sinceMs + 1, untilMs) });
    const found = check(cut);
    expect(found.wrong, `at ${cut.atMs - sinceMs} ms`).toEqual([]);
    told.late += found.late;
    told.torn += tornByNode(cut.atMs) > 0 ? 1 : 0;
    told.resolutionMs.push(cut.resolution.ms);
  }
  const of = (decision: Transfer['decision']) => transfers.filter((one) => one.decision === decision).length;
  const both = transfers.filter(({ on }) => on === 'both').length;
  told.resolutionMs.sort((a, b) => a - b);
  console.info(
    `${transfers.length} transfers (${both} over two nodes): ${of('commit')} committed, ${of('rollback')} rolled back, ` +
      `${of(null)} broken off before it was decided; ${recovered} parts left prepared by the kill, ${openAtBase} at the backup. 50 instants: ${told.late} late parts ` +
      `taken in, none half in; by node alone ${told.torn} of 50 would be torn. Resolution: median ` +
      `${told.resolutionMs[25]} ms, most ${told.resolutionMs.at(-1)} ms; clocks measured within ${skewMs()} ms. ` +
      `A cut reads header streams alone: ${headerBytes()} of ${logBytes()} bytes of the archive.`,
  );
  expect(both).toBeGreaterThan(1_000);
  expect(openAtBase).toBeGreaterThan(0);
  expect(recovered).toBeGreaterThan(0);
  expect(told.late).toBeGreaterThan(0);
  expect(told.torn).toBeGreaterThan(0);
}, 40_000);

test('around any transaction no transfer is half in, and it is in after it and not before it', async () => {
  const chosen = transfers.filter(
    ({ decision, begunMs, acknowledgedMs }) => decision === 'commit' && begunMs > sinceMs && acknowledgedMs !== null,
  );
  for (let round = 0; round < 50; round++) {
    const { id, on } = chosen[random(0, chosen.length)]!;
    const node = on === 'both' ? round % 2 : on;
    const { place } = rows[node]!.find(({ ids }) => ids.includes(id))!;
    const group = groups[node]!.find(({ file, position }) => file === place.file && position === place.position)!;
    const gtrid = Buffer.from(globalName(id)).toString('hex');
    const name = on === 'both' && round % 4 < 2 ? { gtrid } : { node: names[node]!, gtid: group.gtid };
    for (const kind of ['before', 'after'] as const) {
      const cut = await decide({ kind, ...name });
      expect(check(cut, 1_000).wrong, `${kind} ${id}`).toEqual([]);
      expect(presentOn(node, cut).has(id), `${kind} ${id}`).toBe(kind === 'after');
    }
  }
}, 60_000);
