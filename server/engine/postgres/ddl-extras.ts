import type { ComputingDefinition } from '#server/manifest/schema.ts';
import type { NewPlace } from './ddl-placement.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from './identifier.ts';

/** COMMENT ON for the table, its columns and its partitions, under their new names. */
export function commentStatements(definition: ComputingDefinition, place: NewPlace): string[] {
  const root = quoteQualified(place.root.schema, place.root.name);
  const statements: string[] = [];
  const kind = definition.kind === 'foreign' ? 'FOREIGN TABLE' : 'TABLE';
  if (definition.comment !== null) statements.push(`COMMENT ON ${kind} ${root} IS ${quoteLiteral(definition.comment)}`);
  for (const column of definition.columns) {
    if (column.comment === null) continue;
    statements.push(`COMMENT ON COLUMN ${root}.${quoteIdentifier(column.name)} IS ${quoteLiteral(column.comment)}`);
  }
  for (const partition of definition.partitions) {
    if (partition.comment === null) continue;
    const { schema, name } = place.nameOf(partition);
    const what = partition.partitionKey === null ? 'FOREIGN TABLE' : 'TABLE';
    statements.push(`COMMENT ON ${what} ${quoteQualified(schema, name)} IS ${quoteLiteral(partition.comment)}`);
  }
  return statements;
}

/** Schema that a table goes into: made when missing, owned by whoever connects. */
export const createSchemaStatement = (schema: string) => `CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`;
