import type { ComputingDefinition } from '#server/manifest/schema.ts';
import type { Relation } from './ddl-placement.ts';
import { quoteIdentifier, quoteQualified } from './identifier.ts';

export type Grant = ComputingDefinition['grants'][number];

/** A grant as a statement, and as a person reads it; each may fail alone (the role may not exist on this cluster). */
export interface GrantStatement {
  sql: string;
  shown: string;
}

const privileges = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN']);

/** The owner first (its change resets no grant made after it), then every grant on the table and its columns. */
export function grantStatements(definition: ComputingDefinition, table: Relation): GrantStatement[] {
  const name = quoteQualified(table.schema, table.name);
  const kind = definition.kind === 'foreign' ? 'FOREIGN TABLE' : 'TABLE';
  const grants = definition.grants
    .filter((grant) => privileges.has(grant.privilege))
    .map((grant) => {
      const columns = grant.column === null ? '' : ` (${quoteIdentifier(grant.column)})`;
      const to = grant.grantee === 'PUBLIC' ? 'PUBLIC' : quoteIdentifier(grant.grantee);
      return {
        sql: `GRANT ${grant.privilege}${columns} ON TABLE ${name} TO ${to}${grant.grantable ? ' WITH GRANT OPTION' : ''}`,
        shown: `${grant.privilege}${grant.column === null ? '' : ` on column ${grant.column}`} to ${grant.grantee}`,
      };
    });
  const owner = {
    sql: `ALTER ${kind} ${name} OWNER TO ${quoteIdentifier(definition.owner)}`,
    shown: `ownership by ${definition.owner}`,
  };
  return [owner, ...grants];
}
