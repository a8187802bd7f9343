import type { Context } from '#server/audit/context.ts';
import type { FragmentInfo, TableInfo } from '#server/contract/cluster.ts';
import type { Prisma } from '#server/db/client.ts';
import { containing } from '#server/db/containing.ts';

/** A table as last seen, with what backups hold of it. */
export interface TableView extends Omit<TableInfo, 'estimatedRows' | 'bytes'> {
  estimatedRows: bigint;
  bytes: bigint;
  lastBackupAt: Date | null;
}

export interface TableSearch {
  clusterId: string;
  /** Part of the name, case ignored. */
  text?: string;
  database?: string;
  schema?: string;
  order?: 'name' | 'bytes';
  /** Rows to leave out, and to give (at most 500). */
  offset?: number;
  limit?: number;
}

/** A page of the tables of a cluster, from rows: nothing is asked of the cluster. `total` counts all that match. */
export async function searchTables(
  { db }: Pick<Context, 'db'>,
  search: TableSearch,
): Promise<{ tables: TableView[]; total: number }> {
  const where: Prisma.ClusterTableWhereInput = {
    clusterId: search.clusterId,
    database: search.database,
    schema: search.schema,
    ...(search.text && { searchName: containing(search.text) }),
  };
  const [found, total] = await Promise.all([
    db.clusterTable.findMany({
      where,
      orderBy: search.order === 'bytes' ? [{ bytes: 'desc' }, { name: 'asc' }] : { name: 'asc' },
      skip: search.offset ?? 0,
      take: Math.min(search.limit ?? 100, 500),
    }),
    db.clusterTable.count({ where }),
  ]);
  const backups = await lastBackups(
    db,
    search.clusterId,
    found.map(({ name }) => name),
  );
  return { tables: found.map((row) => tableViewOf(row, backups.get(row.name))), total };
}

export function tableViewOf(
  { clusterId: _, searchName: __, ...row }: Prisma.ClusterTableGetPayload<object>,
  lastBackupAt: Date | undefined,
): TableView {
  return {
    ...row,
    kind: row.kind as TableInfo['kind'],
    fragments: row.fragments as unknown as FragmentInfo[],
    lastBackupAt: lastBackupAt ?? null,
  };
}

export async function lastBackups(db: Context['db'], clusterId: string, names: string[]): Promise<Map<string, Date>> {
  if (names.length === 0) return new Map();
  const rows = await db.$queryRaw<{ name: string; at: Date }[]>`
    SELECT t.name, max(b.at) AS at FROM backup_table t JOIN backup b ON b.id = t.backup_id
    WHERE b.cluster_id = ${clusterId} AND b.removed_at IS NULL AND t.name = ANY (${names}) GROUP BY t.name`;
  return new Map(rows.map(({ name, at }) => [name, at]));
}
