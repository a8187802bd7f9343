import { TidemarkError } from '#server/base/error.ts';
import { type ClusterKind, namePartsOf } from '#server/contract/cluster.ts';
import { inScope, type Scope } from '#server/contract/scope.ts';
import { formatTableName, parseTableName, splitName, type TableName } from '#server/contract/table-name.ts';
import type { Relation, Survey } from './survey.ts';

/**
 * The relations a scope takes. Views and sequences are no tables: they are passed over, unless named one by one.
 * Errors: `table/not-found` for a table named that is not there, `table/unsupported` for a view or sequence named,
 * `backup/no-tables` when nothing is left, `input/invalid` for a name of the wrong shape.
 */
export function chooseRelations(survey: Survey, given: Scope): Relation[] {
  const scope = canonical(given, survey.kind);
  const named = new Set(scope.tables);
  const unnamed = { ...scope, tables: [] };
  const missing = new Set(named);
  const chosen = survey.relations.filter((relation) => {
    const full = formatTableName(relation.name);
    missing.delete(full);
    if (!named.has(full)) return isTable(relation) && inScope(unnamed, relation.name);
    if (!isTable(relation)) throw notATable(relation, full);
    return inScope({ ...unnamed, all: true }, relation.name);
  });
  for (const name of missing) throw notFound(name, survey.partitionOf.get(name));
  if (chosen.length === 0) throw new TidemarkError('backup/no-tables', 'the scope matches no table of this cluster');
  return chosen;
}

function isTable(relation: Relation): boolean {
  return relation.kind === 'table' || relation.kind === 'partitioned';
}

/** Names compare as text, so `"postgres".public.t` becomes `postgres.public.t` first. */
function canonical(scope: Scope, kind: ClusterKind): Scope {
  const parts = namePartsOf(kind);
  return {
    ...scope,
    tables: scope.tables.map((text) => formatTableName(parseTableName(text, parts))),
    schemas: scope.schemas.map((text) => {
      const [database, schema] = splitName(text);
      return formatTableName({ database: database ?? '', schema: '', table: schema ?? '' });
    }),
  };
}

function notFound(name: string, root: TableName | undefined): TidemarkError {
  return new TidemarkError('table/not-found', `table ${name} does not exist`, {
    ...(root ? { hint: `It is a partition; name the whole table, ${formatTableName(root)}.` } : {}),
    context: { table: name },
  });
}

function notATable(relation: Relation, name: string): TidemarkError {
  return new TidemarkError('table/unsupported', `${name} is a ${relation.kind}: ${relation.problem}`, {
    hint: 'Take it out of the list and name tables only.',
    context: { table: name },
  });
}
