import type { Context } from '#server/audit/context.ts';
import type { Prisma } from '#server/db/client.ts';
import { containing } from '#server/db/containing.ts';

export interface BackupView {
  id: string;
  clusterId: string | null;
  clusterName: string;
  clusterKind: string;
  destinationId: string;
  destinationName: string;
  jobId: string | null;
  method: string;
  at: Date;
  startedAt: Date;
  finishedAt: Date;
  cutProven: boolean;
  cutReason: string;
  cutHeldMs: number;
  longestWriterWaitMs: number;
  manifestSha256: string;
  tableCount: number;
  failedCount: number;
  rows: bigint;
  rawBytes: bigint;
  storedBytes: bigint;
  removedAt: Date | null;
  verifiedAt: Date | null;
  /** {objects, bytes, rows, damaged: [{key, problem, tables}]} of the last verification */
  verifyResult: { damaged: { key: string; problem: string; tables: string[] }[] } | null;
}

export interface BackupFilter {
  clusterId?: string;
  destinationId?: string;
  /** Holds this table (formatted name). */
  table?: string;
  /** Part of a cluster's name, of a table's name, or an id's beginning. */
  text?: string;
  from?: Date;
  until?: Date;
  withRemoved?: boolean;
  /** `next` of the page before. */
  after?: string;
  limit?: number;
}

/** Newest first. */
export async function listBackups(
  { db }: Pick<Context, 'db'>,
  filter: BackupFilter = {},
): Promise<{ backups: BackupView[]; next: string | null }> {
  const limit = Math.min(filter.limit ?? 50, 500);
  const found = await db.backup.findMany({
    where: whereOf(filter),
    orderBy: { id: 'desc' },
    take: limit + 1,
    include: { destination: { select: { name: true } } },
  });
  const backups = found.slice(0, limit).map(backupViewOf);
  return { backups, next: found.length > limit ? backups.at(-1)!.id : null };
}

type BackupColumns = Prisma.BackupGetPayload<{ include: { destination: { select: { name: true } } } }>;

export function backupViewOf({ destination, ...row }: BackupColumns): BackupView {
  return {
    ...row,
    destinationName: destination.name,
    verifyResult: row.verifyResult as unknown as BackupView['verifyResult'],
  };
}

function whereOf(filter: BackupFilter): Prisma.BackupWhereInput {
  const text = filter.text?.trim().toLowerCase() ?? '';
  return {
    id: filter.after === undefined ? undefined : { lt: filter.after },
    clusterId: filter.clusterId,
    destinationId: filter.destinationId,
    removedAt: filter.withRemoved ? undefined : null,
    at: filter.from || filter.until ? { gte: filter.from, lt: filter.until } : undefined,
    ...(filter.table !== undefined && { tables: { some: { name: filter.table } } }),
    ...(text !== '' && {
      OR: [
        { id: { startsWith: text } },
        { clusterName: { ...containing(text), mode: 'insensitive' } },
        { tables: { some: { name: { ...containing(text), mode: 'insensitive' } } } },
      ],
    }),
  };
}
