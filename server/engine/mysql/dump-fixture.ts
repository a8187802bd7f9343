import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { type MariadbConfig, type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { systemClock } from '#server/base/clock.ts';
import type { TidemarkError } from '#server/base/error.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { readChunk } from '#server/pipeline/segment-reader.ts';
import { openSegmentWriter } from '#server/pipeline/segment-writer.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage } from '#server/storage/open.ts';
import { openMysqlConnection } from './connection.ts';
import { readCreateTables } from './create-table.ts';
import { type TakenCut, takeCut } from './cut.ts';
import { type DumpOptions, type DumpResult, dumpFragments } from './dump.ts';
import type { DumpedFragment, FragmentToDump } from './fragment-take.ts';
import { readKnownTables } from './known-table.ts';
import { loadFragment } from './load.ts';
import type { LoadPath } from './load-path.ts';

/** For tests: a real server and a folder to keep segments in. */
export async function startDumpFixture(config: MariadbConfig = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-dump-'));
  const server = await startMariadb({ folder: join(folder, 'server'), ephemeral: true, config });
  const storage = await openStorage({ kind: 'fs', path: join(folder, 'store') });
  return new DumpFixture(folder, server, storage);
}

export type DumpTestOptions = Partial<DumpOptions<FragmentToDump>> & {
  connections?: number;
  storage?: Storage;
  user?: { user: string; password: string };
  /** Each table's definition is asked for when it is read, as for a backup of few tables. */
  alone?: boolean;
  /** Runs between the cut and the first row. */
  afterCut?: (cut: TakenCut) => Promise<unknown>;
  /** Runs when the dump is over and the sessions of its cut are still open. */
  beforeClose?: () => Promise<unknown>;
};

export class DumpFixture {
  readonly folder: string;
  readonly server: MariadbServer;
  readonly storage: Storage;

  constructor(folder: string, server: MariadbServer, storage: Storage) {
    this.folder = folder;
    this.server = server;
    this.storage = storage;
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.storage.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  access(login: { user: string; password: string } = this.server.rootSocketLogin): MysqlAccess {
    const { host, port, socket } = this.server;
    return { node: 's1', host, port, socketPath: socket, tls: { mode: 'disable' }, ...login };
  }

  connect(options: { localData?: boolean } = {}) {
    return openMysqlConnection(this.access(), options);
  }

  async dump(tables: string[], options: DumpTestOptions = {}): Promise<DumpResult<FragmentToDump>> {
    const never = new AbortController().signal;
    const { connections = 2, storage = this.storage, user, afterCut, beforeClose, alone = false, ...rest } = options;
    const signals = { stop: rest.stop ?? never, abandon: rest.abandon ?? never, clock: systemClock };
    const node = { name: 's1', access: this.access(user) };
    const before = await this.connect();
    const named = tables.map((table) => ({ node: 's1', database: 'd', table }));
    const texts = await readCreateTables(before, named);
    const known = alone ? new Map() : await readKnownTables([before], 'd', { foreignKeys: true });
    await before.close();
    const fragments = named.map((fragment, n) => ({
      ...fragment,
      createTable: texts[n] as string,
      known: known.get(fragment.table),
    }));
    const cut = await takeCut([node], { connectionsPerNode: connections, ...signals });
    const attemptId = ulid().toLowerCase();
    let ordinal = 0;
    const openWriter = () =>
      openSegmentWriter({ storage, attemptId, nextOrdinal: () => ordinal++, signal: signals.stop });
    try {
      await afterCut?.(cut);
      const result = await dumpFragments({ cut, fragments, openWriter, ...signals, ...rest });
      await beforeClose?.();
      return result;
    } finally {
      await cut.close();
    }
  }

  /** Loads a dumped fragment into a table that is there. */
  async load(
    fragment: DumpedFragment,
    table: string,
    { connections = 1, path }: { connections?: number; path?: LoadPath } = {},
  ): Promise<bigint> {
    const open = () => this.connect({ localData: true });
    const opened = await Promise.all(Array.from({ length: connections }, open));
    try {
      const { columns } = fragment.definition;
      const { rows } = await loadFragment({
        connections: opened,
        database: 'd',
        table,
        columns,
        chunks: fragment.chunks,
        readChunk: (chunk) => readChunk(this.storage, chunk),
        ...(path && { path }),
      });
      return rows;
    } finally {
      await Promise.all(opened.map((connection) => connection.close()));
    }
  }

  async objects(storage = this.storage): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of storage.list('')) keys.push(key);
    return keys;
  }
}

/** The only fragment of a dump, which must have been read. */
export function dumped(result: DumpResult<FragmentToDump>, table?: string): DumpedFragment {
  for (const [fragment, outcome] of result.fragments) {
    if (table !== undefined && fragment.table !== table) continue;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }
  throw new Error('no such fragment');
}

export function failed(result: DumpResult<FragmentToDump>, table: string): TidemarkError {
  for (const [fragment, outcome] of result.fragments) {
    if (fragment.table === table && outcome instanceof Error) return outcome;
  }
  throw new Error(`${table} did not fail`);
}
