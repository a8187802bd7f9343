import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { type MariadbOptions, type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { systemClock } from '#server/base/clock.ts';
import { silentLogger } from '#server/base/log.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { readLogIndex } from '#server/engine/mysql/log-archive/read-index.ts';
import { rebuildLog } from '#server/engine/mysql/log-archive/rebuild.ts';
import { logTailPrefix } from '#server/manifest/log-keys.ts';
import type { LogStream, LogSummary } from '#server/manifest/log-schema.ts';
import { listLogSeals, readLogSeal } from '#server/manifest/log-store.ts';
import { hashObject } from '#server/pipeline/hash-object.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage } from '#server/storage/open.ts';
import { archive } from './archive.ts';
import type { ArchiveAttempt, ArchiveCommand, ArchiveStatus } from './command.ts';

export const stream: LogStream = { id: 'thestream', cluster: { id: 'c', name: 'c' }, node: 's1' };

/** For tests: a folder for servers and a repository. */
export class ArchiveFixture {
  readonly folder = mkdtempSync(join(tmpdir(), 'tidemark-archive-'));
  storage!: Storage;
  readonly servers: MariadbServer[] = [];

  async open(): Promise<void> {
    this.storage = await openStorage({ kind: 'fs', path: join(this.folder, 'store') });
  }

  async server(name: string, options: Partial<MariadbOptions> = {}): Promise<MariadbServer> {
    const server = await startMariadb({ folder: join(this.folder, name), ephemeral: true, ...options });
    this.servers.push(server);
    return server;
  }

  async close(): Promise<void> {
    for (const server of this.servers) await server.stop();
    await this.storage.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const accessOf = ({ host, port, socket, rootSocketLogin }: MariadbServer): MysqlAccess => ({
  ...{ node: 's1', host, port, socketPath: socket, tls: { mode: 'disable' }, ...rootSocketLogin },
});

/** An archive that runs until it is told to stop, and what it said. */
export class RunningArchive {
  readonly stopping = new AbortController();
  readonly events: string[] = [];
  readonly statuses: ArchiveStatus[] = [];
  /** Called before every object that others can see. */
  onLease: () => void | Promise<void> = () => {};
  readonly done: Promise<void>;

  constructor(command: ArchiveCommand) {
    const { stopping, events, statuses } = this;
    const attempt: ArchiveAttempt = {
      attemptId: ulid().toLowerCase(),
      cancellation: { stop: stopping.signal, abandon: new AbortController().signal },
      clock: systemClock,
      log: silentLogger,
      lease: { assertHeld: async () => this.onLease() },
      event: (_, message) => void events.push(message),
      report: (status) => void statuses.push(status),
    };
    this.done = archive(attempt, command);
    this.done.catch(() => {});
  }

  get status(): ArchiveStatus | undefined {
    return this.statuses.at(-1);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.done;
  }
}

export interface ArchivedLog {
  readonly summaries: LogSummary[];
  /** By server id and file: where its bytes begin, and the bytes. */
  readonly files: Map<string, { begin: number; bytes: Buffer }>;
  readonly tail: string[];
}

/**
 * Reads all of an archive and proves it: the chain of seals from the first to the last, every object by its digest, every
 * segment by the digest of what it was made from, and that the bytes of a file follow each other.
 */
export async function readArchive(
  storage: Storage,
  options: { tail?: boolean; streamId?: string } = {},
): Promise<ArchivedLog> {
  const { streamId = stream.id } = options;
  const archived: ArchivedLog = { summaries: [], files: new Map(), tail: [] };
  let previous: { sequence: number; sha256: string } | null = null;
  for (const sequence of await listLogSeals(storage, streamId)) {
    const { seal, sha256 } = await readLogSeal(storage, streamId, sequence);
    if (JSON.stringify(seal.previous) !== JSON.stringify(previous)) throw new Error(`the chain breaks at ${sequence}`);
    previous = { sequence, sha256 };
    const object = await hashObject(storage, seal.segment.key);
    if (object.sha256 !== seal.segment.sha256 || object.bytes !== seal.segment.bytes) throw new Error('another object');
    await addTo(archived, storage, seal.segment.key, seal.segment.index);
  }
  for await (const { key } of storage.list(logTailPrefix(streamId))) archived.tail.push(key);
  archived.tail.sort();
  if (options.tail) for (const key of archived.tail) await addTo(archived, storage, key);
  return archived;
}

async function addTo(archived: ArchivedLog, storage: Storage, key: string, place?: Parameters<typeof readLogIndex>[2]) {
  const index = await readLogIndex(storage, key, place);
  archived.summaries.push(index.summary);
  const pieces = new Map<string, { begin: number; bytes: Buffer[] }>();
  for await (const { file, position, bytes } of rebuildLog(storage, key, index)) {
    const name = `${index.summary.end.server.id}:${file}`;
    const known = pieces.get(name) ?? { begin: position, bytes: [] };
    known.bytes.push(bytes);
    pieces.set(name, known);
  }
  for (const [name, { begin, bytes }] of pieces) {
    const before = archived.files.get(name);
    // A log that was begun anew uses names again.
    const anew = index.summary.follows === 'gap' && begin === 0;
    if (before && !anew && before.begin + before.bytes.length !== begin) {
      throw new Error(`${name} goes on at ${begin}, not at ${before.begin + before.bytes.length}`);
    }
    const joined = Buffer.concat([...(before && !anew ? [before.bytes] : []), ...bytes]);
    archived.files.set(name, { begin: anew ? begin : (before?.begin ?? begin), bytes: joined });
  }
}

/** The files of a server, by name. The one in use has its flag of being so cleared, as it is streamed. */
export function binlogsOf(server: MariadbServer): Map<string, Buffer> {
  const names = readdirSync(server.folder).filter((name) => /^binlog\.\d{6}$/.test(name));
  return new Map(
    names.sort().map((name) => {
      const bytes = readFileSync(join(server.folder, name));
      bytes[4 + 17]! &= ~1;
      return [name, bytes];
    }),
  );
}
