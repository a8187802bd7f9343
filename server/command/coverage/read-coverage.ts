import { asTidemarkError } from '#server/base/error.ts';
import { listBackups } from '#server/manifest/list.ts';
import { readManifest, readTableFile } from '#server/manifest/read.ts';
import type { Manifest, TableFile } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import { changedWith } from './changed-with.ts';
import type { CoverageFacts, TableBackup } from './coverage.ts';
import { eachAtOnce } from './each-at-once.ts';
import { logPoint } from './log-part.ts';
import { readStreams, type SealCache, type StreamPlace } from './read-streams.ts';

/** A month of daily backups of 600 tables, about 20 MB. */
const mostKnownBackups = 20_000;

/** What of a repository was read before and never changes. Of one repository; it grows with its seals. */
export class CoverageCache {
  readonly seals: SealCache = new Map();
  readonly #backups = new Map<string, TableBackup | null>();
  readonly #most: number;

  constructor(mostBackups = mostKnownBackups) {
    this.#most = mostBackups;
  }

  /** By id and table. null: not of this cluster, or without the table; undefined: not known. */
  backup(key: string): TableBackup | null | undefined {
    return this.#backups.get(key);
  }

  /** Of too many, those that were read first are forgotten. */
  keepBackup(key: string, backup: TableBackup | null): void {
    this.#backups.set(key, backup);
    const [first] = this.#backups.keys();
    if (this.#backups.size > this.#most) this.#backups.delete(first!);
  }
}

export interface CoverageQuestion {
  readonly clusterId: string;
  /** As manifests write it: `database.table`, or `database.schema.table`. */
  readonly table: string;
  /** By stream: everything committed by then was archived before this was asked. */
  readonly archivedUntil: ReadonlyMap<string, Date>;
}

/** A destination that holds backups or the log archive of the cluster. */
export interface CoveragePlace extends StreamPlace {
  readonly cache: CoverageCache;
}

/**
 * What one destination says of the coverage of a table, from manifests, seals and indexes alone. A backup that cannot be
 * read is none: `onDamaged` hears of it. Errors: those of the destination.
 */
export async function readCoverageFacts(
  place: CoveragePlace,
  question: CoverageQuestion,
  options: { onDamaged?: (backupId: string, message: string) => void } = {},
): Promise<Pick<CoverageFacts, 'backups' | 'streams'>> {
  const { storage, cache } = place;
  const ids: string[] = [];
  for await (const id of listBackups(storage)) ids.push(id);
  const backups = await eachAtOnce(ids, (id) => readBackup(storage, id, question, cache, options.onDamaged));
  const streams = await readStreams(place, question);
  return { backups: backups.filter((backup) => backup !== null), streams };
}

async function readBackup(
  storage: Storage,
  id: string,
  { clusterId, table }: CoverageQuestion,
  cache: CoverageCache,
  onDamaged?: (backupId: string, message: string) => void,
): Promise<TableBackup | null> {
  const key = JSON.stringify([id, clusterId, table]);
  const known = cache.backup(key);
  if (known !== undefined) return known;
  try {
    const { manifest } = await readManifest(storage, id);
    const entry = manifest.cluster.id === clusterId ? manifest.tables.find(({ name }) => name === table) : undefined;
    const backup = entry ? await backupOf(storage, manifest, await readTableFile(storage, id, entry)) : null;
    cache.keepBackup(key, backup);
    return backup;
  } catch (thrown) {
    const error = asTidemarkError(thrown);
    // Removed since it was listed.
    if (error.code === 'backup/not-found') return null;
    if (!damage.has(error.code)) throw error;
    onDamaged?.(id, error.message);
    return null;
  }
}

const damage: ReadonlySet<string> = new Set([
  'destination/object-damaged',
  'destination/object-missing',
  'destination/newer-format',
]);

async function backupOf(storage: Storage, manifest: Manifest, { fragments }: TableFile): Promise<TableBackup> {
  const { id, cut, finishedAt } = manifest;
  const cutMs = Date.parse(cut.at);
  const pointOf = ({ file, offset, gtid }: Manifest['cut']['nodes'][number]['position']) =>
    logPoint({ file, offset }, gtid.split(','));
  const nodes = cut.nodes.map(({ node, position, serverId, serverUuid }) => ({
    ...{ node, atMs: cutMs, point: pointOf(position) },
    server: { id: serverId, uuid: serverUuid },
  }));
  const found: TableBackup['fragments'][number][] = [];
  for (const fragment of fragments) {
    const { node, database, table, position, ownSnapshot } = fragment;
    found.push({
      ...{ node, database, table, ownSnapshot, point: pointOf(position) },
      atMs: cutMs,
      latestMs: ownSnapshot ? Date.parse(finishedAt) : cutMs,
      server: nodes.find((one) => one.node === node)?.server ?? null,
      changedWith: await changedWith(storage, manifest, fragment),
    });
  }
  return { id, cutMs, finishedMs: Date.parse(finishedAt), nodes, fragments: found };
}
