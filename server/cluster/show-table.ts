import type { Context } from '#server/audit/context.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { ClusterKind } from '#server/contract/cluster.ts';
import { formatTableName, parseTableName } from '#server/contract/table-name.ts';
import { lastBackups, type TableView, tableViewOf } from './search-tables.ts';
import { unknownTable } from './unknown-table.ts';

export interface TableDetail {
  cluster: { id: string; name: string; kind: ClusterKind };
  /** As every list writes it. */
  name: string;
  /** As the cluster was last looked at; null: it was not there, and backups still hold it. */
  seen: TableView | null;
  /** When that was; null: the cluster was never looked at. */
  seenAt: Date | null;
  /** How many hold it. */
  backups: number;
}

/** One table, from rows. Errors: `not-found`, `input/invalid`, `table/not-found` where nobody knows it. */
export async function showTable(
  { db }: Pick<Context, 'db'>,
  asked: { clusterName: string; table: string },
): Promise<TableDetail> {
  const cluster = await db.cluster.findUnique({ where: { name: asked.clusterName } });
  if (!cluster) throw new TidemarkError('not-found', `there is no cluster ${asked.clusterName}`);
  const { id, kind, topologyAt } = cluster;
  const name = formatTableName(parseTableName(asked.table, kind === 'mysql' ? 2 : 3));
  const [row, backups, last] = await Promise.all([
    db.clusterTable.findUnique({ where: { clusterId_name: { clusterId: id, name } } }),
    db.backupTable.count({ where: { name, backup: { clusterId: id, removedAt: null } } }),
    lastBackups(db, id, [name]),
  ]);
  if (!row && backups === 0) throw unknownTable(cluster.name, name);
  return {
    cluster: { id, name: cluster.name, kind: kind as ClusterKind },
    ...{ name, seenAt: topologyAt, backups },
    seen: row && tableViewOf(row, last.get(name)),
  };
}
