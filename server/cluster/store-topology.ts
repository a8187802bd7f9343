import type { Failure } from '#server/base/error.ts';
import type { NodeCheck, TableInfo, Topology } from '#server/contract/cluster.ts';
import { announce } from '#server/db/announce.ts';
import { noJson, type Rows, toJson } from '#server/db/client.ts';

/** Rows a statement: enough to be quick at 20,000 tables, few enough to stay a small message. */
const batchSize = 2_000;

/** Replaces what was seen of a cluster before, whole, inside the caller's transaction. */
export async function storeTopology(
  rows: Rows,
  clusterId: string,
  seen: { topology: Topology; checks: readonly NodeCheck[] },
): Promise<void> {
  const { nodes, tables, takenAt } = seen.topology;
  // The lock comes first: two inspects of one cluster must not weave their rows.
  await rows.$queryRaw`SELECT 1 FROM cluster WHERE id = ${clusterId} FOR UPDATE`;
  await rows.node.deleteMany({ where: { clusterId } });
  await rows.nodeCheck.deleteMany({ where: { clusterId } });
  await rows.clusterTable.deleteMany({ where: { clusterId } });
  await rows.node.createMany({
    data: nodes.map((node) => ({ ...node, clusterId, freeBytes: wholeOrNull(node.freeBytes) })),
  });
  await rows.nodeCheck.createMany({ data: seen.checks.map((check, ordinal) => ({ ...check, clusterId, ordinal })) });
  for (let at = 0; at < tables.length; at += batchSize)
    await addTables(rows, clusterId, tables.slice(at, at + batchSize));
  await rows.cluster.update({
    where: { id: clusterId },
    data: {
      topologyAt: new Date(takenAt),
      topologyError: noJson,
      tableCount: tables.length,
      totalBytes: whole(tables.reduce((sum, table) => sum + table.bytes, 0)),
      zone: nodes.find((node) => node.timeZone !== null)?.timeZone ?? undefined,
    },
  });
  await announce(rows, { about: 'cluster', id: clusterId });
}

/** One statement a batch: row by row through the client would take seconds. */
async function addTables(rows: Rows, clusterId: string, tables: readonly TableInfo[]): Promise<void> {
  const values = tables.map((table) => ({
    ...table,
    estimated_rows: whole(table.estimatedRows).toString(),
    bytes: whole(table.bytes).toString(),
    search_name: table.name.toLowerCase(),
  }));
  await rows.$executeRaw`
    INSERT INTO cluster_table (cluster_id, name, database, schema, "table", kind, estimated_rows, bytes, fragments, problem,
      search_name)
    SELECT ${clusterId}, v.name, v.database, v.schema, v."table", v.kind, v.estimated_rows, v.bytes, v.fragments, v.problem,
      v.search_name
    FROM jsonb_to_recordset(${JSON.stringify(values)}::jsonb) AS v (name text, database text, schema text, "table" text,
      kind text, estimated_rows bigint, bytes bigint, fragments jsonb, problem text, search_name text)`;
}

/** The last look failed; what was seen before stays, with its age. */
export async function storeTopologyError(rows: Rows, clusterId: string, error: Failure): Promise<void> {
  await rows.cluster.updateMany({ where: { id: clusterId }, data: { topologyError: toJson(error) } });
  await announce(rows, { about: 'cluster', id: clusterId });
}

const whole = (value: number): bigint => BigInt(Math.max(0, Math.round(value)));
const wholeOrNull = (value: number | null): bigint | null => (value === null ? null : whole(value));
