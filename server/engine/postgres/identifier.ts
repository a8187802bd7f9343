import pg from 'pg';

/** A name as PostgreSQL takes it anywhere: always quoted, so case, dots, `$$` and any character are kept. */
export function quoteIdentifier(name: string): string {
  return pg.escapeIdentifier(name);
}

/** Text as a literal, safe whatever standard_conforming_strings says. For statements that take no parameters (DDL). */
export function quoteLiteral(text: string): string {
  return pg.escapeLiteral(text);
}

/** `schema.name`, both quoted. */
export function quoteQualified(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}
