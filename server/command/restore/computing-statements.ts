import { TidemarkError } from '#server/base/error.ts';
import type { PlanTable } from '#server/contract/restore.ts';
import type { TableName } from '#server/contract/table-name.ts';
import { commentStatements, createSchemaStatement } from '#server/engine/postgres/ddl-extras.ts';
import { type NewPlace, partitionNames, relationKey } from '#server/engine/postgres/ddl-placement.ts';
import { createTableStatements } from '#server/engine/postgres/ddl-table.ts';
import { type GrantStatement, grantStatements } from '#server/engine/postgres/grants.ts';
import type { ComputingDefinition } from '#server/manifest/schema.ts';

export interface ComputingStatements {
  /** All or none of these, in one transaction. */
  create: string[];
  /** Each of these may fail alone. */
  grants: GrantStatement[];
}

/** What makes the computing side of one table: from the backup's definition, at the places the plan chose. */
export function computingStatements(
  computing: ComputingDefinition,
  source: TableName,
  target: TableName,
  fragments: PlanTable['fragments'],
  options: { serverOf: (node: string) => string | null; makeSchema: boolean },
): ComputingStatements {
  const from = { schema: source.schema, name: source.table };
  const to = { schema: target.schema, name: target.table };
  const names = partitionNames(computing.partitions, from, to);
  const place: NewPlace = {
    root: to,
    nameOf: (partition) => names.get(relationKey(partition))!,
    placeOf: (leaf) => {
      const isRoot = computing.kind === 'foreign';
      const piece = fragments.find((fragment) => isRoot || fragment.source.partition === leaf.name);
      const server = piece && options.serverOf(piece.target.node);
      if (!piece || !server) {
        throw new TidemarkError('backup/incomplete', `the backup holds no rows for partition ${leaf.name}`);
      }
      return { server, database: piece.target.database, table: piece.target.table };
    },
  };
  return {
    create: [
      ...(options.makeSchema ? [createSchemaStatement(to.schema)] : []),
      ...createTableStatements(computing, from, place),
      ...commentStatements(computing, place),
    ],
    grants: grantStatements(computing, to),
  };
}
