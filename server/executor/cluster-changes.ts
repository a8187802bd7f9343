import { asTidemarkError, TidemarkError } from '#server/base/error.ts';
import { unknownTable } from '#server/cluster/unknown-table.ts';
import { ChangesCache } from '#server/command/changes/changes-cache.ts';
import { readChanges, type TablePiece } from '#server/command/changes/read-changes.ts';
import type { ChangesInput, TableChanges } from '#server/contract/changes.ts';
import type { FragmentInfo } from '#server/contract/cluster.ts';
import { formatTableName, parseTableName } from '#server/contract/table-name.ts';
import type { Database } from '#server/db/client.ts';
import { readManifest, readTableFile } from '#server/manifest/read.ts';
import { openDestination } from './connect.ts';

const dayMs = 86_400_000;

/**
 * What happened to a table, from the log archive of its cluster. Errors: `not-found`, `input/invalid` (no name of a
 * table, or a span that ends before it begins), `table/not-found` (not there, and in no backup around the span), those of
 * the destination.
 */
export async function readClusterChanges(
  { db }: { readonly db: Database },
  asked: ChangesInput & { now: Date; signal?: AbortSignal },
): Promise<TableChanges> {
  const { clusterId, order, limit, after, now, signal } = asked;
  const toMs = asked.to === null ? now.getTime() : Date.parse(asked.to);
  const fromMs = asked.from === null ? toMs - dayMs : Date.parse(asked.from);
  if (fromMs > toMs) {
    throw new TidemarkError('input/invalid', `the span ends at ${asked.to}, before it begins at ${asked.from}`);
  }
  const cluster = await db.cluster.findUnique({ where: { id: clusterId }, select: { kind: true, name: true } });
  if (!cluster) throw new TidemarkError('not-found', 'the cluster was removed', { context: { clusterId } });
  const table = formatTableName(parseTableName(asked.table, cluster.kind === 'mysql' ? 2 : 3));
  const pieces = await piecesOf(db, { clusterId, table, fromMs, toMs });
  if (pieces.length === 0) throw unknownTable(cluster.name, table);
  const archive = await db.logArchive.findUnique({ where: { clusterId }, select: { destinationId: true } });
  const opened = archive && (await openDestination(db, archive.destinationId));
  try {
    const question = { clusterId, table, pieces, fromMs, toMs, order, limit, after };
    const cache = archive ? cacheOf(db, archive.destinationId) : undefined;
    return await readChanges(opened?.storage ?? null, question, { cache, signal });
  } finally {
    await opened?.storage.close();
  }
}

/** What was read before, by destination. Of one database: ids are. */
const caches = new WeakMap<Database, Map<string, ChangesCache>>();

function cacheOf(db: Database, destinationId: string): ChangesCache {
  const ofDatabase = caches.get(db) ?? new Map<string, ChangesCache>();
  caches.set(db, ofDatabase);
  const cache = ofDatabase.get(destinationId) ?? new ChangesCache();
  ofDatabase.set(destinationId, cache);
  return cache;
}

interface Span {
  readonly clusterId: string;
  readonly table: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Where the table is now, was at the last backup before the span, and at the last one in it: a table that was dropped is
 * in a backup, and one that was moved in the span was before it where that backup says.
 */
async function piecesOf(db: Database, { clusterId, table, fromMs, toMs }: Span): Promise<TablePiece[]> {
  const seen = await db.clusterTable.findUnique({ where: { clusterId_name: { clusterId, name: table } } });
  const pieces = (seen?.fragments ?? []) as unknown as FragmentInfo[];
  const found = new Map<string, TablePiece>();
  const add = ({ node, database, table: name }: TablePiece) =>
    found.set(JSON.stringify([node, database, name]), { node, database, table: name });
  pieces.forEach(add);
  const holding = { clusterId, removedAt: null, tables: { some: { name: table } } };
  const newest = (ms: number) =>
    db.backup.findFirst({
      where: { ...holding, at: { lte: new Date(ms) } },
      orderBy: { at: 'desc' },
      select: { id: true, destinationId: true },
    });
  const backups = await Promise.all([newest(fromMs), newest(toMs)]);
  const any = backups.some((backup) => backup !== null)
    ? backups
    : [
        await db.backup.findFirst({
          where: holding,
          orderBy: { at: 'asc' },
          select: { id: true, destinationId: true },
        }),
      ];
  for (const backup of new Map(any.flatMap((one) => (one ? [[one.id, one] as const] : []))).values()) {
    (await backupPieces(db, backup, table)).forEach(add);
  }
  return [...found.values()];
}

/** None where the backup cannot be read: what else is known of the table is not hidden by that. */
async function backupPieces(
  db: Database,
  { id, destinationId }: { id: string; destinationId: string },
  table: string,
): Promise<readonly TablePiece[]> {
  const opened = await openDestination(db, destinationId).catch(leaveOut);
  if (opened === null) return [];
  try {
    const { manifest } = await readManifest(opened.storage, id);
    const entry = manifest.tables.find(({ name }) => name === table);
    return entry ? (await readTableFile(opened.storage, id, entry)).fragments : [];
  } catch (error) {
    leaveOut(error);
    return [];
  } finally {
    await opened.storage.close();
  }
}

function leaveOut(thrown: unknown): null {
  const { code } = asTidemarkError(thrown);
  if (!code.startsWith('destination/') && code !== 'backup/not-found') throw thrown;
  return null;
}
