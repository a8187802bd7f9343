import { z } from 'zod';
import { formatTableName, type TableName } from './table-name.ts';

/**
 * What a backup takes: everything, databases, schemas, tables by name, or tables by pattern; several in one job.
 * Patterns are globs over the formatted name (`*` any run, `?` one character), `exclude` wins.
 */
export const scopeInput = z
  .object({
    all: z.boolean().default(false),
    databases: z.array(z.string().min(1)).max(1_000).default([]),
    /** `database.schema` */
    schemas: z.array(z.string().min(1)).max(10_000).default([]),
    tables: z.array(z.string().min(1)).max(20_000).default([]),
    patterns: z.array(z.string().min(1)).max(1_000).default([]),
    exclude: z.array(z.string().min(1)).max(1_000).default([]),
  })
  .refine((s) => s.all || s.databases.length + s.schemas.length + s.tables.length + s.patterns.length > 0, {
    message: 'choose at least one table, schema, database or pattern, or everything',
  });
export type Scope = z.infer<typeof scopeInput>;

/** Whether a table is taken: `exclude` first, then everything, database, schema, exact name, pattern. */
export function inScope(scope: Scope, name: TableName): boolean {
  const full = formatTableName(name);
  if (scope.exclude.some((glob) => matchesGlob(glob, full))) return false;
  if (scope.all || scope.databases.includes(name.database) || scope.tables.includes(full)) return true;
  const schema = formatTableName({ ...name, table: name.schema, schema: '' });
  return scope.schemas.includes(schema) || scope.patterns.some((glob) => matchesGlob(glob, full));
}

/** `*` any run of characters (also none, also dots), `?` exactly one; everything else stands for itself. */
export function matchesGlob(glob: string, text: string): boolean {
  const source = [...glob]
    .map((c) => (c === '*' ? '.*' : c === '?' ? '.' : c.replace(/[\\^$.|+()[\]{}]/g, '\\$&')))
    .join('');
  return new RegExp(`^${source}$`, 'su').test(text);
}
