import { z } from 'zod';

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
