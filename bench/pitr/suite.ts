import { allowedRow, type BenchRow, type Measured, type OurSample, rowOf, type Sample } from '../document.ts';
import { inTurns } from '../in-turns.ts';
import type { Stage } from '../mysql/world.ts';
import type { PitrOptions } from '../options.ts';
import { cluster } from '../product.ts';
import { backlogOurs, steadyCost } from './capture.ts';
import { catchUpOurs, catchUpPeer, type TableRuns } from './catch-up.ts';
import { eventBytesOf } from './event-bytes.ts';
import { type PitrRowName, pitrRows } from './rows.ts';
import { targets } from './tables.ts';
import { openPitrWorld, type PitrWorld } from './world.ts';

type Pair = readonly [OurSample, Sample];

/** Of rows without a peer: a sample of ours and what it found, one a round. */
interface Found {
  readonly ours: OurSample[];
  readonly found: number[];
}

/** Cores that an archive may keep busy while 5 MB/s are written. */
const allowedCores = 0.1;
/** Bytes of the log that may be read for each that is the table's own, as it is stored. */
const allowedShare = 1.5;

/**
 * `npm run bench -- pitr`: one table back at an instant, and the archive that this takes, against today's tools in turns.
 * Answers only when every copy equals the table as SQL read it before it was broken. Errors: `restore/not-equal` when one
 * does not; whatever fails.
 */
export async function benchPitr(options: PitrOptions, stage: Stage): Promise<Measured> {
  const world = await openPitrWorld(options, stage);
  const { only, rounds } = options;
  const pairs = new Map<PitrRowName, Pair[]>();
  const keep = (name: PitrRowName, round: number, pair: Pair) => {
    if (!only.includes(name)) return;
    pairs.set(name, [...(pairs.get(name) ?? []), pair]);
    stage.say(`round ${round} of ${rounds}, ${name}: ours ${seconds(pair[0])} s, peer ${seconds(pair[1])} s`);
  };
  const steady: Found = { ours: [], found: [] };
  for (let round = 1; only.includes('capture-cpu-5mbs') && round <= rounds; round += 1) {
    const { sample, cores } = await steadyCost(world);
    steady.ours.push(sample);
    steady.found.push(cores);
    stage.say(`round ${round} of ${rounds}, capture-cpu-5mbs: ${cores.toFixed(3)} cores`);
  }
  await stopArchive(world);
  for (let round = 1; only.includes('capture-backlog') && round <= rounds; round += 1) {
    const ours = () => backlogOurs(world, world.waiting[round - 1]!);
    keep('capture-backlog', round, await inTurns(round, ours, () => world.peers.capture(world.firstFile)));
  }
  const read: Found = { ours: [], found: [] };
  for (let round = 1; wantsRestores(only) && round <= rounds; round += 1) {
    for (const target of targets) {
      const [ours, peer] = await inTurns(
        round,
        () => catchUpOurs(world, target),
        () => catchUpPeer(world, target),
      );
      keep(`catch-up-${target.percent}`, round, [beyondBase(ours, ours.toldSeconds), beyondBase(peer, 0.001)]);
      if (target.percent !== 10) continue;
      keep('load-and-catch-up', round, [ours.whole, peer.whole]);
      read.ours.push(ours.whole);
      read.found.push(ours.log.bytesRead);
    }
  }
  return answer(world, options, { pairs, steady, read });
}

const wantsRestores = (only: readonly PitrRowName[]): boolean =>
  only.some((name) => name.startsWith('catch-up') || name === 'load-and-catch-up' || name === 'log-bytes-read');

/** What the whole took longer than the base alone; never less than the program itself says of that part. */
const beyondBase = <T extends Sample>({ whole, baseSeconds }: TableRuns<T>, leastSeconds: number): T => ({
  ...whole,
  seconds: Math.max(leastSeconds, whole.seconds - baseSeconds),
});

async function stopArchive({ product, server }: PitrWorld): Promise<void> {
  await product.tidemark.cli(['archive', 'stop', cluster]);
  await server.sql('FLUSH BINARY LOGS');
}

async function answer(
  world: PitrWorld,
  { only, rounds }: PitrOptions,
  { pairs, steady, read }: { pairs: ReadonlyMap<PitrRowName, Pair[]>; steady: Found; read: Found },
): Promise<Measured> {
  const { restingRssBytes } = world.product;
  const bytes = eventBytesOf(world.log.files, world.log.position, targets[0].table);
  const share = (allowedShare * bytes.table + bytes.headers) / bytes.all;
  const allowed = Math.round(share * world.storedLogBytes);
  const rows = only.map((name): BenchRow => {
    const given = { name, ...pitrRows[name], restingRssBytes };
    if (name === 'capture-cpu-5mbs')
      return allowedRow(given, steady.ours, { ...steady, allowed: allowedCores, unit: 'Cores' });
    if (name === 'log-bytes-read') return allowedRow(given, read.ours, { ...read, allowed, unit: 'Bytes' });
    const taken = pairs.get(name) ?? [];
    const peer = pitrRows[name].peer ?? '';
    return rowOf(
      { ...given, peer },
      taken.map(([ours]) => ours),
      taken.map(([, one]) => one),
    );
  });
  const { table, all } = bytes;
  return {
    data: { ...world.data, rowEventBytes: { table, all }, rounds },
    rows,
    mariadb: (await world.server.sql('SELECT version()')).trim(),
    about: [
      'Every copy was proved equal by SQL (CHECKSUM TABLE EXTENDED, SHOW CREATE TABLE) to the table as it was before it was',
      `broken. Seconds and CPU are medians of ${rounds}, memory is the most of all rounds. Both sides write the binary log while`,
      'they apply; myloader, as it is, does not. The archive stands still while restores are measured.',
      `Log: ${Math.round(world.data.logBytes / 1e6)} MB in ${world.data.transactions} transactions that change 20 tables each; ` +
        `two tables of ${world.data.tableRows} rows.`,
    ],
  };
}

const seconds = (sample: Sample) => sample.seconds.toFixed(2);
