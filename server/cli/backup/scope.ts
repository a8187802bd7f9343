import { type ClusterKind, namePartsOf } from '#server/contract/cluster.ts';
import { type Scope, scopeInput } from '#server/contract/scope.ts';
import { formatTableName, splitName } from '#server/contract/table-name.ts';
import { canonicalName } from '../table-choice.ts';
import { usageError } from '../usage-error.ts';

export interface ScopeOptions {
  all?: boolean;
  table?: string[];
  schema?: string[];
  database?: string[];
  like?: string[];
  exclude?: string[];
}

/**
 * What a backup takes, from what was typed; names in the one form they are compared in. A schema without its database is
 * one of the computing node's own database. Errors: usage, when nothing is chosen or a name is none.
 */
export function scopeOf(options: ScopeOptions, cluster: { kind: ClusterKind; address: { database: string } }): Scope {
  const parts = namePartsOf(cluster.kind);
  const read = scopeInput.safeParse({
    all: options.all,
    databases: options.database,
    schemas: options.schema?.map((text) => schemaName(text, parts, cluster.address.database)),
    tables: [...new Set(options.table?.map((text) => canonicalName(text, parts)))],
    patterns: options.like,
    exclude: options.exclude,
  });
  if (read.success) return read.data;
  throw usageError('nothing to back up is named', 'Give --table, --schema, --database or --like, or --all.');
}

function schemaName(text: string, parts: 2 | 3, ownDatabase: string): string {
  if (parts === 2) throw usageError('a cluster of kind mysql has no schemas', 'Name a database with --database.');
  const found = splitName(text);
  const [database, schema] = found.length === 1 ? [ownDatabase, found[0]] : found;
  if (found.length > 2 || !database || !schema) {
    throw usageError(`--schema "${text}" is not a schema`, 'Write schema or database.schema.');
  }
  return formatTableName({ database, schema: '', table: schema });
}
