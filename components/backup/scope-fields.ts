import { formatTableName } from '#server/contract/table-name.ts';

/** What a backup takes, as it is picked on the form. */
export type ScopeMode = 'all' | 'schemas' | 'tables' | 'patterns';

export interface ScopeFields {
  mode: ScopeMode;
  /** `database.schema`, or `database` where there are no schemas. */
  schemas: ReadonlySet<string>;
  tables: ReadonlySet<string>;
  /** One pattern a line. */
  patterns: string;
  exclude: string;
}

export const lines = (text: string): string[] => text.split('\n').flatMap((line) => line.trim() || []);

/** The name a schema is picked by. */
export const schemaName = ({ database, schema }: { database: string; schema: string }): string =>
  formatTableName({ database, schema: '', table: schema }).replace(/\.""$/, '');

/** What the API is asked. Of the other modes nothing is taken along: what is seen is what is backed up. */
export function scopeOf(fields: ScopeFields, hasSchemas: boolean) {
  const picked = [...fields.schemas];
  return {
    all: fields.mode === 'all',
    databases: fields.mode === 'schemas' && !hasSchemas ? picked : [],
    schemas: fields.mode === 'schemas' && hasSchemas ? picked : [],
    tables: fields.mode === 'tables' ? [...fields.tables] : [],
    patterns: fields.mode === 'patterns' ? lines(fields.patterns) : [],
    exclude: fields.mode === 'tables' ? [] : lines(fields.exclude),
  };
}

export const isEmptyScope = (scope: ReturnType<typeof scopeOf>): boolean =>
  !scope.all && scope.databases.length + scope.schemas.length + scope.tables.length + scope.patterns.length === 0;
