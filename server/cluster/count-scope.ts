import type { Context } from '#server/audit/context.ts';
import { inScope, type Scope } from '#server/contract/scope.ts';

/**
 * How many of the tables last seen a scope takes, and how big they are: the live count of the backup form. `problems` are
 * those that cannot be backed up. The backup itself looks again.
 */
export async function countScope(
  { db }: Pick<Context, 'db'>,
  input: { clusterId: string; scope: Scope },
): Promise<{ tables: number; bytes: bigint; estimatedRows: bigint; problems: { name: string; problem: string }[] }> {
  const rows = await db.clusterTable.findMany({
    where: { clusterId: input.clusterId, kind: { in: ['table', 'partitioned'] } },
    select: { name: true, database: true, schema: true, table: true, bytes: true, estimatedRows: true, problem: true },
  });
  const taken = rows.filter((row) => inScope(input.scope, row));
  const good = taken.filter((row) => row.problem === null);
  return {
    tables: good.length,
    bytes: good.reduce((sum, row) => sum + row.bytes, 0n),
    estimatedRows: good.reduce((sum, row) => sum + row.estimatedRows, 0n),
    problems: taken.flatMap(({ name, problem }) => (problem === null ? [] : [{ name, problem }])).slice(0, 100),
  };
}
