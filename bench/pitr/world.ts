import { join } from 'node:path';
import { pause } from '#server/base/abort.ts';
import { formatSize } from '#server/base/units.ts';
import { type Content, contentOf } from '../mysql/content.ts';
import { largeTable, makeLargeTable } from '../mysql/large-table.ts';
import { startBenchServer } from '../mysql/server.ts';
import type { Stage } from '../mysql/world.ts';
import type { PitrOptions } from '../options.ts';
import { cluster, destination, type Product, startProduct } from '../product.ts';
import { archivedTo } from './archive.ts';
import { storedBytes } from './event-bytes.ts';
import { type KeptLog, openPitrPeers, type PitrPeers } from './peers.ts';
import { position } from './position.ts';
import { database, makeTables, targets, writeLog } from './tables.ts';

export interface PitrWorld extends Stage {
  readonly server: Awaited<ReturnType<typeof startBenchServer>>['server'];
  readonly product: Product;
  readonly peers: PitrPeers;
  readonly backupId: string;
  /** What every copy must equal: the tables as they were at `at`, read by SQL before the bad statement. */
  readonly content: Content;
  /** A whole second in which nobody wrote, UTC; the same by the server's wall clock in `stop`, for the peer. */
  readonly at: string;
  readonly stop: string;
  readonly log: KeptLog;
  /** What the segments of the archive of that log take in the repository. */
  readonly storedLogBytes: number;
  readonly firstFile: string;
  readonly data: { tableRows: number; logBytes: number; transactions: number };
  /** Clusters of the same server whose log waits to be archived: one a round. */
  readonly waiting: readonly string[];
}

const tablesBytes = 550;

/**
 * Starts the server, fills it, starts the product with an archive, lets both sides copy the tables, writes the log, notes
 * the truth, and then breaks the tables.
 */
export async function openPitrWorld(options: PitrOptions, stage: Stage): Promise<PitrWorld> {
  const { folder, signal, say, onStart } = stage;
  const rows = Math.round((options.sizeBytes / (1.5 * 1024 ** 3)) * 1_000_000);
  const bench = await startBenchServer(folder, Math.max(options.sizeBytes, 64 * 1024 ** 2));
  const { server } = bench;
  onStart(() => server.stop());
  say(`filling 20 tables, two of them of ${rows} rows`);
  await server.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 0; SET GLOBAL time_zone = '+00:00'");
  await makeLargeTable(server, Math.max(rows, 5_000) * tablesBytes, signal);
  const { rows: tableRows } = await makeTables(server, `${largeTable.database}.${largeTable.table}`, options.sizeBytes);
  await server.sql('FLUSH BINARY LOGS');

  say('starting the console and the archive');
  const product = await startProduct({ folder, server, login: bench.ours, onStart });
  const waiting = Array.from({ length: options.rounds }, (_, at) => `${cluster}-${at + 1}`);
  for (const name of [cluster, ...waiting]) {
    if (name !== cluster) await product.register(name);
    await product.tidemark.cli(['archive', 'start', name, '--to', destination]);
    await archivedTo(product, name, await position(server), signal);
    if (name !== cluster) await product.tidemark.cli(['archive', 'stop', name]);
  }
  const from = await position(server);
  const { backupId } = await product.backup(database);
  const peers = openPitrPeers(join(folder, 'peers'), bench, signal);
  for (const { table } of targets) await peers.dump(table);

  say(`writing ${formatSize(options.sizeBytes)} of log`);
  const { transactions, bytes: logBytes } = await writeLog(server, options.sizeBytes, signal);
  await server.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 1');
  const names = targets.map(({ table }) => table);
  const content = await contentOf(server, database, names);
  // Times in the log are whole seconds: the point lies in a second in which nothing was written.
  await pause(2_100, signal);
  const stop = (await server.sql('SELECT UTC_TIMESTAMP()')).trim();
  await pause(2_100, signal);
  for (const table of names) await server.sql(`UPDATE ${database}.${table} SET amount = 0 WHERE id % 10 = 0`);
  await archivedTo(product, cluster, await position(server), signal);
  const log = await peers.keepLog(from.file, Number(from.position));
  // As servers are set up unless told otherwise: what mariadb-binlog says gives groups the numbers they had.
  await server.sql('SET GLOBAL gtid_strict_mode = 0');
  return {
    ...stage,
    ...{ server, product, peers, backupId, content, stop, log, waiting },
    at: `${stop.replace(' ', 'T')}Z`,
    firstFile: from.file,
    storedLogBytes: storedBytes(join(folder, 'backups'), '/segments/'),
    data: { tableRows, logBytes, transactions },
  };
}
