import { TidemarkError } from '#server/base/error.ts';

/**
 * The name of a table as the user writes it: `database.schema.table` where a PostgreSQL node computes, `database.table`
 * on `mysql`. A part with a dot, a quote, white space or nothing in it is written in double quotes, doubled inside.
 * Names are compared exactly: case is kept, nothing is folded.
 */
export interface TableName {
  database: string;
  /** Empty on clusters of kind `mysql`, which have no schemas. */
  schema: string;
  table: string;
}

/** `{database, schema, table}` → `postgres.public.transfer_account`, quoting where needed. */
export function formatTableName(name: TableName): string {
  return parts(name).map(quotePart).join('.');
}

/** Errors: `input/invalid` when the text has not exactly `expected` parts (2 on `mysql`, else 3) or a quote is open. */
export function parseTableName(text: string, expected: 2 | 3): TableName {
  const found = splitName(text);
  if (found.length !== expected || found.some((part) => part === '')) {
    const shape = expected === 3 ? 'database.schema.table' : 'database.table';
    throw new TidemarkError('input/invalid', `"${text}" is not a table name of this cluster`, {
      hint: `Write ${shape}; put a part that holds a dot in double quotes.`,
      context: { parts: found.length, expected },
    });
  }
  return expected === 3
    ? { database: found[0]!, schema: found[1]!, table: found[2]! }
    : { database: found[0]!, schema: '', table: found[1]! };
}

export function sameTable(a: TableName, b: TableName): boolean {
  return a.database === b.database && a.schema === b.schema && a.table === b.table;
}

/** A dotted name cut into parts, quotes honoured. Errors: `input/invalid` when a quote stays open. */
export function splitName(text: string): string[] {
  const found: string[] = [];
  let at = 0;
  for (;;) {
    let part = '';
    if (text[at] === '"') {
      for (at++; ; at++) {
        if (at >= text.length) {
          throw new TidemarkError('input/invalid', `a double quote stays open in "${text}"`, {
            hint: 'Close it; a double quote inside a name is written twice.',
          });
        }
        if (text[at] === '"' && text[at + 1] !== '"') break;
        if (text[at] === '"') at++;
        part += text[at];
      }
      at++;
    } else {
      const dot = text.indexOf('.', at);
      part = text.slice(at, dot < 0 ? text.length : dot);
      at += part.length;
    }
    found.push(part);
    if (at >= text.length) return found;
    if (text[at] !== '.') {
      throw new TidemarkError('input/invalid', `"${text}" has text after a closing quote`, {
        hint: 'Separate the parts of a name by dots.',
      });
    }
    at++;
  }
}

function parts(name: TableName): string[] {
  return name.schema === '' ? [name.database, name.table] : [name.database, name.schema, name.table];
}

function quotePart(part: string): string {
  return /^[^\s".]+$/u.test(part) ? part : `"${part.replaceAll('"', '""')}"`;
}
