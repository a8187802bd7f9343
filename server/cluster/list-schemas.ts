import type { Context } from '#server/audit/context.ts';

export interface SchemaView {
  database: string;
  /** Empty on clusters of kind `mysql`. */
  schema: string;
  tables: number;
  bytes: bigint;
}

/** Databases and schemas of a cluster as last seen, with the tables in them that can be backed up. */
export async function listSchemas({ db }: Pick<Context, 'db'>, input: { clusterId: string }): Promise<SchemaView[]> {
  const groups = await db.clusterTable.groupBy({
    by: ['database', 'schema'],
    where: { clusterId: input.clusterId, kind: { in: ['table', 'partitioned'] }, problem: null },
    _count: true,
    _sum: { bytes: true },
    orderBy: [{ database: 'asc' }, { schema: 'asc' }],
  });
  return groups.map(({ database, schema, _count, _sum }) => ({
    database,
    schema,
    tables: _count,
    bytes: _sum.bytes ?? 0n,
  }));
}
