import { formatTableName } from '#server/contract/table-name.ts';
import { announce } from '#server/db/announce.ts';
import type { Rows } from '#server/db/client.ts';

/**
 * What the catalog keeps of a manifest: the shape of manifest/schema.ts, as far as it is used, so that the control plane
 * needs none of the data plane.
 */
export interface PublishedBackup {
  id: string;
  cluster: { id: string; name: string; kind: string };
  method: string;
  startedAt: string;
  finishedAt: string;
  cut: { at: string; proven: boolean; reason: string; heldMs: number };
  longestWriterWaitMs: number;
  tables: readonly {
    id: string;
    name: { database: string; schema: string; table: string } | string;
    rows: string;
    rawBytes: number;
    storedBytes: number;
    fragments: number;
  }[];
  failed: readonly unknown[];
}

/** Rows a statement. */
const batchSize = 5_000;

/** Enters a published backup, or corrects what the catalog has of it: the repository is right, always. */
export async function recordBackup(
  rows: Rows,
  published: { manifest: PublishedBackup; manifestSha256: string; destinationId: string; jobId: string | null },
): Promise<void> {
  const { manifest, destinationId } = published;
  const { id, tables, cut } = manifest;
  const known = await rows.cluster.findUnique({ where: { id: manifest.cluster.id }, select: { id: true } });
  const columns = {
    clusterId: known?.id ?? null,
    clusterName: manifest.cluster.name,
    clusterKind: manifest.cluster.kind,
    destinationId,
    method: manifest.method,
    at: new Date(cut.at),
    startedAt: new Date(manifest.startedAt),
    finishedAt: new Date(manifest.finishedAt),
    cutProven: cut.proven,
    cutReason: cut.reason,
    cutHeldMs: cut.heldMs,
    longestWriterWaitMs: manifest.longestWriterWaitMs,
    manifestSha256: published.manifestSha256,
    tableCount: tables.length,
    failedCount: manifest.failed.length,
    rows: tables.reduce((sum, table) => sum + BigInt(table.rows), 0n),
    rawBytes: BigInt(tables.reduce((sum, table) => sum + table.rawBytes, 0)),
    storedBytes: BigInt(tables.reduce((sum, table) => sum + table.storedBytes, 0)),
    removedAt: null,
  };
  await rows.backup.upsert({
    where: { id },
    create: { id, jobId: published.jobId, ...columns },
    update: { ...columns, ...(published.jobId !== null && { jobId: published.jobId }) },
  });
  await rows.backupTable.deleteMany({ where: { backupId: id } });
  for (let at = 0; at < tables.length; at += batchSize) await addTables(rows, id, tables.slice(at, at + batchSize));
  await announce(rows, { about: 'backup', id });
}

/** One statement a batch: row by row through the client would take seconds. */
async function addTables(rows: Rows, backupId: string, tables: PublishedBackup['tables']): Promise<void> {
  const values = tables.map((table) => ({
    name: typeof table.name === 'string' ? table.name : formatTableName(table.name),
    table_id: table.id,
    rows: table.rows,
    raw_bytes: table.rawBytes,
    stored_bytes: table.storedBytes,
    fragments: table.fragments,
  }));
  await rows.$executeRaw`
    INSERT INTO backup_table (backup_id, name, table_id, rows, raw_bytes, stored_bytes, fragments)
    SELECT ${backupId}, v.* FROM jsonb_to_recordset(${JSON.stringify(values)}::jsonb)
      AS v (name text, table_id text, rows bigint, raw_bytes bigint, stored_bytes bigint, fragments int)`;
}
