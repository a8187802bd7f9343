import { type BenchRow, type Measured, type OurSample, rowOf, type Sample } from '../document.ts';
import { inTurns } from '../in-turns.ts';
import type { MysqlOptions } from '../options.ts';
import type { RestoreTimings } from '../product.ts';
import { dumpOurs, dumpPeer } from './dumps.ts';
import { loadOurs, loadPeer } from './loads.ts';
import { type MysqlRowName, mysqlRows } from './rows.ts';
import { openWorld, type Source, type Stage, type World } from './world.ts';

type Pair = readonly [OurSample, Sample];

/**
 * `npm run bench -- mysql`: both sides in turns over the same server, disk and tables. Answers only when every copy that
 * was made equals its source. Errors: `restore/not-equal` when one does not; whatever fails.
 */
export async function benchMysql(options: MysqlOptions, stage: Stage): Promise<Measured> {
  const world = await openWorld(options, stage);
  const taken = new Map<MysqlRowName, Pair[]>(options.only.map((name) => [name, []]));
  await proveOtherwiseUnproven(world, options.only);
  for (let round = 1; round <= options.rounds; round += 1) {
    const keep = (name: MysqlRowName, pair: Pair) => {
      taken.get(name)?.push(pair);
      if (taken.has(name)) stage.say(`round ${round} of ${options.rounds}, ${name}: ${inWords(pair)}`);
    };
    await dumpLarge(world, round, keep, options.only);
    await loadLarge(world, round, keep, options.only);
    await small(world, round, keep, options.only);
  }
  const { restingRssBytes } = world.product;
  const rows = [...taken].map(
    ([name, pairs]): BenchRow =>
      rowOf(
        { name, ...mysqlRows[name], restingRssBytes },
        pairs.map(([ours]) => ours),
        pairs.map(([, peer]) => peer),
      ),
  );
  return {
    data: { ...world.data, rounds: options.rounds },
    rows,
    mariadb: (await world.server.sql('SELECT version()')).trim(),
    about: aboutMysql({ ...world.data, rounds: options.rounds }),
  };
}

const aboutMysql = (data: { tableRows: number; tableBytes: number; smallTables: number; rounds: number }) => [
  'Every copy was proved equal to its source by SQL (CHECKSUM TABLE EXTENDED, SHOW CREATE TABLE) before this was printed.',
  `Seconds and CPU are medians of ${data.rounds}, memory is the most of all rounds. Ours includes row digest, sha256,`,
  'manifest and fsync; peers are timed as they are, and do not sync. Both write to one file system, over TCP, and before',
  'every run the server has written its pages and the file system is synced. Ours writes the binary log while it loads;',
  'myloader, as it is, does not.',
  `Table: ${data.tableRows} rows, ${Math.round(data.tableBytes / 1e6)} MB; ${data.smallTables} tables of 100 rows.`,
];

type Keep = (name: MysqlRowName, pair: Pair) => void;
type Rows = readonly MysqlRowName[];

async function dumpLarge(world: World, round: number, keep: Keep, only: Rows): Promise<void> {
  const against = (form: 'plain' | 'gzip' | 'zstd') =>
    inTurns(
      round,
      () => dumpOurs(world, world.large),
      () => dumpPeer(world, world.large, form),
    );
  if (only.includes('dump-vs-gzip')) keep('dump-vs-gzip', await against('gzip'));
  if (only.includes('dump-vs-zstd')) keep('dump-vs-zstd', await against('zstd'));
  if (only.includes('dump-vs-uncompressed') || only.includes('dump-server-cpu')) {
    const pair = await against('plain');
    keep('dump-vs-uncompressed', pair);
    keep('dump-server-cpu', [serverCpu(pair[0]), serverCpu(pair[1])]);
  }
}

async function loadLarge(world: World, round: number, keep: Keep, only: Rows): Promise<void> {
  const { database, tables } = world.large;
  // Plain SQL proves a copy by reading both.
  const readBoth = (copy: string) =>
    world.peers.checksum(tables.flatMap((table) => [`${database}.${table}`, `${copy}.${table}`]));
  const ours = () => loadOurs(world, world.large, readBoth);
  const oursUnlogged = () => loadOurs(world, world.large, unused, ['--no-log-bin']);
  const verified = ({ sample, timings, used }: Awaited<ReturnType<typeof ours>>) =>
    keep('verify', [{ ...sample, seconds: timings.compareMs / 1_000 }, used]);
  const logged = only.includes('load-with-indexes');
  const unlogged = only.includes('load-with-indexes-no-log');
  if (logged || unlogged) {
    const both = async () => ({ log: logged ? await ours() : null, noLog: unlogged ? await oursUnlogged() : null });
    const [{ log, noLog }, peer] = await inTurns(round, both, () => loadPeer(world, world.large));
    if (log) keep('load-with-indexes', [rowsAndIndexes(log), peer]);
    if (noLog) keep('load-with-indexes-no-log', [rowsAndIndexes(noLog), peer]);
    if (log) verified(log);
  }
  if (only.includes('verify') && !logged) verified(await ours());
}

async function small(world: World, round: number, keep: Keep, only: Rows): Promise<void> {
  const source = world.small;
  if (only.includes('small-tables-dump')) {
    const ours = () => dumpOurs(world, source);
    keep('small-tables-dump', await inTurns(round, ours, () => dumpPeer(world, source, 'small')));
  }
  if (only.includes('small-tables-load')) {
    const ours = async () => (await loadOurs(world, source, unused)).sample;
    keep('small-tables-load', await inTurns(round, ours, () => loadPeer(world, source)));
  }
  if (only.includes('small-tables-load-no-log')) {
    const ours = async () => (await loadOurs(world, source, unused, ['--no-log-bin'])).sample;
    keep('small-tables-load-no-log', await inTurns(round, ours, () => loadPeer(world, source)));
  }
}

const rowsAndIndexes = ({ sample, timings }: { sample: OurSample; timings: RestoreTimings }): OurSample => ({
  ...sample,
  seconds: (timings.baseMs + timings.indexMs) / 1_000,
});

/** Dumps are proved by what is loaded from them; where no row loads them, that is done once, and not measured. */
async function proveOtherwiseUnproven(world: World, only: Rows): Promise<void> {
  const { large, small } = world;
  const prove = async (source: Source, loads: { ours: boolean; peer: boolean }) => {
    if (!loads.ours) await loadOurs(world, source, unused);
    if (!loads.peer) await loadPeer(world, source);
  };
  const peer = only.includes('load-with-indexes') || only.includes('load-with-indexes-no-log');
  if (only.some((name) => name.startsWith('dump-')))
    await prove(large, { ours: peer || only.includes('verify'), peer });
  const both = only.includes('small-tables-load') || only.includes('small-tables-load-no-log');
  if (only.includes('small-tables-dump')) await prove(small, { ours: both, peer: both });
}

const unused = async () => {};

const serverCpu = <T extends Sample>(sample: T): T => ({ ...sample, seconds: sample.serverCpuSeconds });

const inWords = ([ours, peer]: Pair): string => `ours ${ours.seconds.toFixed(2)} s, peer ${peer.seconds.toFixed(2)} s`;
