import type { MariadbServer } from '#lab/mariadb-server.ts';
import type { OurSample, Sample } from '../document.ts';
import type { RestoreTimings } from '../product.ts';
import { contentOf, refuseDifference } from './content.ts';
import { settle } from './settle.ts';
import type { Source, World } from './world.ts';

/**
 * Lets somebody make a copy of the source in a database of its own, proves it equal, lets it be used, and drops it. What
 * `load` returns is returned only when the copy is equal. Errors: `restore/not-equal`; those of `load` and `use`.
 */
export async function provenCopy<T, U>(
  { server, signal }: { server: MariadbServer; signal: AbortSignal },
  source: Pick<Source, 'tables' | 'content'>,
  copy: { database: string; maker: string; load: () => Promise<T>; use: () => Promise<U> },
): Promise<{ loaded: T; used: U }> {
  const { database, maker } = copy;
  await server.sql(`SET sql_log_bin = 0; CREATE OR REPLACE DATABASE ${database} CHARACTER SET utf8mb4`);
  await settle(server, signal);
  const loaded = await copy.load();
  refuseDifference(source.content, await contentOf(server, database, source.tables), maker);
  const used = await copy.use();
  await server.sql(`SET sql_log_bin = 0; DROP DATABASE ${database}`);
  return { loaded, used };
}

/** A restore of ours. `use` may work with the copy, and is told its database. `more`: options of the command. */
export async function loadOurs<U>(
  world: World,
  source: Source,
  use: (database: string) => Promise<U>,
  more: readonly string[] = [],
): Promise<{ sample: OurSample; timings: RestoreTimings; used: U }> {
  const database = `${source.database}_ours`;
  const { loaded, used } = await provenCopy(world, source, {
    database,
    maker: 'ours',
    load: () => world.product.restore(source.backupId, source.database, database, source.tables, more),
    use: () => use(database),
  });
  return { ...loaded, used };
}

export async function loadPeer(world: World, source: Source): Promise<Sample> {
  const database = `${source.database}_peer`;
  const { loaded } = await provenCopy(world, source, {
    database,
    maker: 'myloader',
    load: () => world.peers.load(source.dump, database),
    use: async () => {},
  });
  return loaded;
}
