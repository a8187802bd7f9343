import { TidemarkError, toFailure } from '#server/base/error.ts';
import { unknownTable } from '#server/cluster/unknown-table.ts';
import { coverageView } from '#server/command/coverage/coverage-view.ts';
import {
  CoverageCache,
  type CoveragePlace,
  type CoverageQuestion,
  readCoverageFacts,
} from '#server/command/coverage/read-coverage.ts';
import type { CoverageView } from '#server/contract/coverage.ts';
import { formatTableName, parseTableName } from '#server/contract/table-name.ts';
import type { Database } from '#server/db/client.ts';
import { openDestination } from './connect.ts';

/**
 * The instants a table can be brought back to, from every destination that holds backups or the log archive of its
 * cluster. What cannot be read of them is a problem in the answer, unless nothing can. Errors: `not-found`,
 * `input/invalid` (no name of a table), `table/not-found` (never seen, and in no backup), those of destinations.
 */
export async function readClusterCoverage(
  { db }: { readonly db: Database },
  asked: { clusterId: string; table: string; now: Date },
): Promise<CoverageView> {
  const { clusterId, now } = asked;
  const cluster = await db.cluster.findUnique({ where: { id: clusterId }, select: { kind: true, name: true } });
  if (!cluster) throw new TidemarkError('not-found', 'the cluster was removed', { context: { clusterId } });
  const table = formatTableName(parseTableName(asked.table, cluster.kind === 'mysql' ? 2 : 3));
  // Before anything is read: what the archive says now is there then.
  const archivedUntil = await archivedUntilOf(db, clusterId);
  const problems: string[] = [];
  const facts = await readAll(db, await destinationsOf(db, clusterId), { clusterId, table, archivedUntil }, problems);
  if (facts.backups.length === 0 && problems.length === 0) await refuseUnknown(db, clusterId, cluster.name, table);
  return coverageView({ ...facts, nowMs: now.getTime() }, problems);
}

/** What was read before, by destination. Of one database: ids are. */
const caches = new WeakMap<Database, Map<string, CoverageCache>>();

/** Everything that is read of a destination again and again, as long as this process lives. */
export function cacheOf(db: Database, destinationId: string): CoverageCache {
  const ofDatabase = caches.get(db) ?? new Map<string, CoverageCache>();
  caches.set(db, ofDatabase);
  const cache = ofDatabase.get(destinationId) ?? new CoverageCache();
  ofDatabase.set(destinationId, cache);
  return cache;
}

async function readAll(
  db: Database,
  destinations: CoverageDestination[],
  question: CoverageQuestion,
  problems: string[],
) {
  const read = await Promise.allSettled(destinations.map((one) => readOne(db, one, question, problems)));
  const failed = read.filter((one) => one.status === 'rejected');
  const there = read.filter((one) => one.status === 'fulfilled').map(({ value }) => value);
  if (failed.length > 0 && there.length === 0) throw failed[0]!.reason;
  problems.push(...failed.map(({ reason }) => toFailure(reason).message));
  return {
    backups: there.flatMap(({ backups }) => backups),
    streams: there.flatMap(({ streams }) => streams),
  };
}

async function readOne(
  db: Database,
  { id, archivedElsewhere }: CoverageDestination,
  question: CoverageQuestion,
  problems: string[],
) {
  const { storage } = await openDestination(db, id);
  try {
    const onDamaged = (backup: string, message: string) => problems.push(`backup ${backup} is left out: ${message}`);
    const place = { storage, cache: cacheOf(db, id), archivedElsewhere };
    return await readCoverageFacts(place, question, { onDamaged });
  } finally {
    await storage.close();
  }
}

export interface CoverageDestination extends Required<Pick<CoveragePlace, 'archivedElsewhere'>> {
  readonly id: string;
  /** The log archive of the cluster is written to it, or was last. */
  readonly isArchive: boolean;
}

/** Those that hold backups or the log archive of a cluster. */
export async function destinationsOf(db: Database, clusterId: string): Promise<CoverageDestination[]> {
  const [archive, backups] = await Promise.all([
    db.logArchive.findUnique({ where: { clusterId }, select: { destinationId: true } }),
    db.backup.groupBy({ by: ['destinationId'], where: { clusterId, removedAt: null } }),
  ]);
  const ids = new Set([...(archive ? [archive] : []), ...backups].map(({ destinationId }) => destinationId));
  return [...ids].map((id) => {
    const isArchive = id === archive?.destinationId;
    return { id, isArchive, archivedElsewhere: archive !== null && !isArchive };
  });
}

/** By stream. */
export async function archivedUntilOf(db: Database, clusterId: string): Promise<Map<string, Date>> {
  const streams = await db.logStream.findMany({ where: { clusterId }, select: { id: true, archivedUntil: true } });
  return new Map(streams.flatMap(({ id, archivedUntil }) => (archivedUntil ? [[id, archivedUntil] as const] : [])));
}

async function refuseUnknown(db: Database, clusterId: string, cluster: string, table: string): Promise<void> {
  const seen = await db.clusterTable.findUnique({ where: { clusterId_name: { clusterId, name: table } } });
  if (!seen) throw unknownTable(cluster, table);
}
