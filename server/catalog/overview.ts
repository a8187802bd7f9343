import type { Context } from '#server/audit/context.ts';

export interface ClusterCover {
  clusterId: string;
  name: string;
  kind: string;
  /** Tables that can be backed up, as last seen, and how many of them some kept backup holds. */
  tables: number;
  covered: number;
  lastBackupAt: Date | null;
  /** Instants of the backups of the last 14 days, newest first, at most 200. */
  backupsAt: Date[];
  /** Up to five of the tables that no backup holds. */
  uncovered: string[];
  topologyAt: Date | null;
}

export interface Overview {
  tables: number;
  covered: number;
  /** Worst first: most tables without a backup, then the oldest backup. */
  clusters: ClusterCover[];
  destinations: number;
  backups: number;
}

const shownDays = 14;
const shownBackups = 200;

interface CoverRow {
  id: string;
  name: string;
  kind: string;
  topology_at: Date | null;
  tables: number;
  covered: number;
  uncovered: string[] | null;
}

/** Can every table be brought back? From rows only: the tables last seen and the backups of the catalog. */
export async function overview({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<Overview> {
  const since = new Date(clock.now().getTime() - shownDays * 86_400_000);
  const [rows, last, recent, destinations, backups] = await Promise.all([
    db.$queryRaw<CoverRow[]>`
      SELECT c.id, c.name, c.kind, c.topology_at,
             count(t.name)::int AS tables,
             count(t.name) FILTER (WHERE t.held)::int AS covered,
             (array_agg(t.name ORDER BY t.name) FILTER (WHERE NOT t.held))[1:5] AS uncovered
      FROM cluster c
      LEFT JOIN (
        SELECT s.cluster_id, s.name, EXISTS (
                 SELECT 1 FROM backup_table bt JOIN backup b ON b.id = bt.backup_id
                 WHERE bt.name = s.name AND b.cluster_id = s.cluster_id AND b.removed_at IS NULL) AS held
        FROM cluster_table s WHERE s.kind IN ('table', 'partitioned') AND s.problem IS NULL
      ) t ON t.cluster_id = c.id
      GROUP BY c.id`,
    db.backup.groupBy({ by: ['clusterId'], where: { removedAt: null }, _max: { at: true } }),
    db.backup.findMany({
      where: { removedAt: null, at: { gte: since }, clusterId: { not: null } },
      select: { clusterId: true, at: true },
      orderBy: { at: 'desc' },
      take: 5_000,
    }),
    db.destination.count(),
    db.backup.count({ where: { removedAt: null } }),
  ]);
  const clusters = rows.map((row) => ({
    clusterId: row.id,
    name: row.name,
    kind: row.kind,
    tables: row.tables,
    covered: row.covered,
    uncovered: row.uncovered ?? [],
    topologyAt: row.topology_at,
    lastBackupAt: last.find((group) => group.clusterId === row.id)?._max.at ?? null,
    backupsAt: recent.flatMap(({ clusterId, at }) => (clusterId === row.id ? [at] : [])).slice(0, shownBackups),
  }));
  clusters.sort(worstFirst);
  const sum = (of: (cluster: ClusterCover) => number) => clusters.reduce((total, cluster) => total + of(cluster), 0);
  return { tables: sum((c) => c.tables), covered: sum((c) => c.covered), clusters, destinations, backups };
}

function worstFirst(a: ClusterCover, b: ClusterCover): number {
  const missing = b.tables - b.covered - (a.tables - a.covered);
  return missing || (a.lastBackupAt?.getTime() ?? 0) - (b.lastBackupAt?.getTime() ?? 0) || (a.name < b.name ? -1 : 1);
}
