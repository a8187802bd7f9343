import { join } from 'node:path';
import { formatSize } from '#server/base/units.ts';
import type { MysqlOptions } from '../options.ts';
import { type Product, startProduct } from '../product.ts';
import { type Content, contentOf } from './content.ts';
import { dumpDigest } from './dump-digest.ts';
import { largeTable, makeLargeTable } from './large-table.ts';
import { openPeers, type Peers } from './peers.ts';
import { type BenchServer, startBenchServer } from './server.ts';
import { settle } from './settle.ts';
import { makeSmallTables, smallDatabase } from './small-tables.ts';

/** Where a benchmark works, and who hears of it. */
export interface Stage {
  folder: string;
  signal: AbortSignal;
  say: (line: string) => void;
  /** Given what ends something as soon as it runs. */
  onStart: (stop: () => Promise<void>) => void;
}

/** The tables that are measured, and a dump of them by either side from which every load is made. */
export interface Source {
  readonly database: string;
  readonly tables: readonly string[];
  /** What every copy must equal. */
  readonly content: Content;
  readonly backupId: string;
  /** Name of mydumper's dump of plain files. */
  readonly dump: string;
  readonly dumpDigest: string;
}

export interface World extends Stage {
  readonly server: BenchServer['server'];
  readonly product: Product;
  readonly peers: Peers;
  readonly data: { tableBytes: number; tableRows: number; smallTables: number };
  readonly large: Source;
  readonly small: Source;
}

/** Starts the server, fills it, starts the product, and lets both sides make the dump that their loads will read. */
export async function openWorld(options: MysqlOptions, stage: Stage): Promise<World> {
  const { folder, signal, say, onStart } = stage;
  const bench = await startBenchServer(folder, options.sizeBytes);
  const { server } = bench;
  onStart(() => server.stop());
  say(`filling a table of ${formatSize(options.sizeBytes)} and ${options.tables} small ones`);
  await server.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 0');
  const { rows, bytes } = await makeLargeTable(server, options.sizeBytes, signal);
  const names = await makeSmallTables(server, options.tables, signal);
  await server.sql('SET GLOBAL innodb_flush_log_at_trx_commit = 1');
  say(`the table has ${rows} rows, ${formatSize(bytes)}; starting the console`);
  const product = await startProduct({ folder, server, login: bench.ours, onStart });
  const peers = openPeers(join(folder, 'dumps'), bench, signal);

  const sourceOf = async (database: string, tables: readonly string[], form: 'plain' | 'small'): Promise<Source> => {
    const content = await contentOf(server, database, tables);
    await settle(server, signal);
    const { backupId } = await product.backup(database);
    const dump = `${database}-kept`;
    await peers.dump(dump, database, form);
    return { database, tables, content, backupId, dump, dumpDigest: await dumpDigest(peers.folderOf(dump)) };
  };
  say('a first backup and dump of each, from which loads are made');
  const large = await sourceOf(largeTable.database, [largeTable.table], 'plain');
  const small = await sourceOf(smallDatabase, names, 'small');
  return {
    ...stage,
    server,
    product,
    peers,
    data: { tableBytes: bytes, tableRows: rows, smallTables: names.length },
    large,
    small,
  };
}
