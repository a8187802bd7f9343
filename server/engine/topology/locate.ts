import { TidemarkError } from '#server/base/error.ts';
import type { Scope } from '#server/contract/scope.ts';
import type { TableName } from '#server/contract/table-name.ts';
import type { MysqlAccess } from '../access.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { openMysqlConnection } from '../mysql/connection.ts';
import { openPostgres } from '../postgres/connection.ts';
import { chooseRelations } from './chosen.ts';
import { surveyFdw } from './fdw.ts';
import { surveyMysql } from './mysql.ts';
import { type NodeAnswer, resolveRelation } from './resolve.ts';
import { listTables, StorageTables } from './storage-tables.ts';
import type { Place, StorageNode, Survey } from './survey.ts';
import { unsupportedKind } from './unsupported.ts';

export interface LocatedTable {
  name: TableName;
  kind: 'table' | 'partitioned';
  /** Why its rows cannot be read, in words; null when they can. */
  problem: string | null;
  /** Set when the problem is a node that did not answer: why it did not. */
  unanswered: TidemarkError | null;
  /** Names as the storage nodes write them. */
  fragments: Place[];
}

export interface Located {
  /** The nodes that hold a fragment of a table without problem, by name. */
  nodes: Map<string, MysqlAccess>;
  /** Every table in scope, by schema and name, with a problem or without. */
  tables: LocatedTable[];
}

/**
 * Reads the catalogs live: which tables a scope takes and where each piece lies. A table whose storage table is missing,
 * or whose node does not answer, is in the answer with its problem; the others are not held up by it.
 * Errors: `table/not-found`, `table/unsupported`, `backup/no-tables`, `input/invalid` (see chooseRelations); those of
 * openPostgres for the computing node; `node/unreachable` and its kin of a storage node when no table is left without it;
 * `node/unsupported` for kinds that cannot be read yet.
 */
export async function locateTables(
  access: ClusterAccess,
  options: { scope: Scope; signal?: AbortSignal },
): Promise<Located> {
  const { scope, signal } = options;
  const { survey, answers } = await surveyCluster(access, signal);
  const chosen = chooseRelations(survey, scope);
  const nodes = usedNodes(survey, chosen);
  if (access.kind !== 'mysql') await askNodes(nodes, chosen, answers, signal);

  const resolved = chosen.map((relation) => resolveRelation(relation, answers));
  const lost = resolved.find((one) => one.unanswered !== null && one.problem === null)?.unanswered;
  const tables = resolved.map((one): LocatedTable => {
    const problem = one.problem ?? one.unanswered?.message ?? null;
    const unanswered = one.problem === null ? one.unanswered : null;
    return { name: one.name, kind: one.kind as LocatedTable['kind'], problem, unanswered, fragments: one.places };
  });
  const good = tables.filter((table) => table.problem === null);
  if (good.length === 0 && lost) throw lost;
  const holding = new Set(good.flatMap((table) => table.fragments.map((fragment) => fragment.node)));
  return {
    nodes: new Map(nodes.filter((node) => holding.has(node.name)).map((node) => [node.name, node.access])),
    tables,
  };
}

async function surveyCluster(
  access: ClusterAccess,
  signal: AbortSignal | undefined,
): Promise<{ survey: Survey; answers: Map<string, NodeAnswer> }> {
  if (access.kind === 'fdw') {
    const client = await openPostgres(access.computing, { signal });
    try {
      return { survey: await surveyFdw(client, access), answers: new Map() };
    } finally {
      await client.end();
    }
  }
  if (access.kind !== 'mysql') throw unsupportedKind(access.kind);
  const connection = await openMysqlConnection(access.node, { signal });
  try {
    const { survey, tables } = await surveyMysql(connection, access);
    return { survey, answers: new Map([[access.node.node, new StorageTables(tables)]]) };
  } finally {
    await connection.close();
  }
}

function usedNodes(survey: Survey, relations: readonly { places: Place[] }[]): StorageNode[] {
  const used = new Set(relations.flatMap((relation) => relation.places.map((place) => place.node)));
  return survey.nodes.filter((node) => used.has(node.name));
}

/** Every node is asked at once, for the databases that the chosen tables lie in. */
async function askNodes(
  nodes: readonly StorageNode[],
  relations: readonly { places: Place[] }[],
  answers: Map<string, NodeAnswer>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await Promise.all(
    nodes.map(async (node) => {
      const here = relations.flatMap((relation) => relation.places.filter((place) => place.node === node.name));
      const databases = [...new Set(here.map((place) => place.database))];
      answers.set(node.name, await listOrFailure(node.access, databases, signal));
    }),
  );
}

async function listOrFailure(
  access: MysqlAccess,
  databases: readonly string[],
  signal: AbortSignal | undefined,
): Promise<NodeAnswer> {
  try {
    const connection = await openMysqlConnection(access, { signal });
    try {
      return new StorageTables(await listTables(connection, databases));
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (signal?.aborted || !(error instanceof TidemarkError)) throw error;
    return error;
  }
}
