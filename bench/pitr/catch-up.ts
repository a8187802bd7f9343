import type { OurSample, Sample } from '../document.ts';
import { provenCopy } from '../mysql/loads.ts';
import { settle } from '../mysql/settle.ts';
import { cluster } from '../product.ts';
import { database, type Target } from './tables.ts';
import type { PitrWorld } from './world.ts';

/** One table brought to the instant, and what its base alone took right before. */
export interface TableRuns<T extends Sample> {
  readonly whole: T;
  readonly baseSeconds: number;
}

/** Bytes of the archive, as they are stored. */
interface LogRead {
  bytesRead: number;
}

export async function catchUpOurs(
  world: PitrWorld,
  { table }: Target,
): Promise<TableRuns<OurSample> & { log: LogRead; toldSeconds: number }> {
  const { product, backupId, at } = world;
  const into = `${database}_ours`;
  const restore = (point: readonly string[]) => {
    const named = `${database}.${table}=${into}.${table}`;
    return product.measured(['restore', 'run', cluster, '--table', named, ...point, '--wait']);
  };
  const base = await unprovenCopy(world, into, () => restore(['--backup', backupId]));
  const { loaded } = await provenCopy(world, sourceOf(world, table), {
    database: into,
    maker: 'ours',
    load: () => restore(['--at', at]),
    use: async () => {},
  });
  const { tables, timings } = loaded.answer;
  const [restored] = tables;
  return {
    whole: loaded.sample,
    baseSeconds: base.sample.seconds,
    log: restored.log,
    toldSeconds: timings.catchUpMs / 1_000,
  };
}

export async function catchUpPeer(world: PitrWorld, { table }: Target): Promise<TableRuns<Sample>> {
  const { peers, log, stop } = world;
  const into = `${database}_peer`;
  const { loaded } = await provenCopy(world, sourceOf(world, table), {
    database: into,
    maker: 'myloader and mariadb-binlog',
    load: async () => {
      const base = await peers.load(table, into);
      return { base, applied: await peers.catchUp(table, into, log, stop) };
    },
    use: async () => {},
  });
  const { base, applied } = loaded;
  return { whole: inSequence(base, applied), baseSeconds: base.seconds };
}

/** Made and dropped: what it holds is the backup's, which no figure is told of. */
async function unprovenCopy<T>({ server, signal }: PitrWorld, into: string, load: () => Promise<T>): Promise<T> {
  await server.sql(`SET sql_log_bin = 0; CREATE OR REPLACE DATABASE ${into} CHARACTER SET utf8mb4`);
  await settle(server, signal);
  const loaded = await load();
  await server.sql(`SET sql_log_bin = 0; DROP DATABASE ${into}`);
  return loaded;
}

const sourceOf = ({ content }: PitrWorld, table: string) => ({
  tables: [table],
  content: new Map([...content].filter(([name]) => name === table)),
});

const inSequence = (first: Sample, second: Sample): Sample => ({
  seconds: first.seconds + second.seconds,
  peakRssBytes: Math.max(first.peakRssBytes, second.peakRssBytes),
  serverCpuSeconds: first.serverCpuSeconds + second.serverCpuSeconds,
  clientCpuSeconds: first.clientCpuSeconds + second.clientCpuSeconds,
});
