import type { OtherTable, RowDoubt } from './definition.ts';
import type { SqlToken } from './sql-tokens.ts';
import { isWord, type NamedTable, TokenCursor } from './token-cursor.ts';
import { unsureFunction } from './unsure-functions.ts';

/** What the parts of one ALTER TABLE come to. */
export class AlterSpecs {
  renamedTo: NamedTable | null = null;
  doubt: RowDoubt | null = null;
  gap: string | null = null;
  readonly others: OtherTable[] = [];
  readonly named: NamedTable[] = [];

  constructor(tokens: readonly SqlToken[]) {
    for (const spec of specsOf(tokens)) this.#read(new TokenCursor(spec));
    const unsure = unsureFunction(tokens);
    if (unsure) this.#doubtful(`it fills a column by ${unsure}, which gives other values when it runs again`);
    this.named.push(...referencedTables(tokens));
    if (addsActions(tokens)) this.gap ??= actingKey;
  }

  #read(spec: TokenCursor): void {
    if (spec.take('RENAME')) this.#rename(spec);
    else if (spec.take('EXCHANGE', 'PARTITION')) this.#exchange(spec);
    else if (spec.take('CONVERT', 'PARTITION')) this.#convertOut(spec);
    else if (spec.take('CONVERT', 'TABLE')) this.#convertIn(spec);
    else if (spec.is('DISCARD') || spec.is('IMPORT'))
      this.#doubtful('it puts a tablespace of its own in the place of its rows', 'skip');
    else if (spec.take('ADD')) this.#add(spec);
  }

  #rename(spec: TokenCursor): void {
    if (['COLUMN', 'INDEX', 'KEY'].some((word) => spec.take(word))) return;
    spec.take('TO') || spec.take('AS') || spec.takeSign('=');
    const table = spec.table();
    if (!table) return;
    this.renamedTo = table;
    this.named.push(table);
  }

  #exchange(spec: TokenCursor): void {
    spec.name();
    spec.take('WITH', 'TABLE');
    const reason = 'it exchanges a partition with another table, whose rows are not followed';
    this.#doubtful(reason, 'skip');
    const table = spec.table();
    if (table) this.others.push({ table, reason, definition: false });
  }

  #convertOut(spec: TokenCursor): void {
    spec.name();
    spec.take('TO', 'TABLE');
    const table = spec.table();
    const reason = 'it was made of a partition of another table, whose rows are not followed';
    if (table) this.others.push({ table, reason, definition: true });
    this.gap ??= 'it makes a table of one of its partitions';
  }

  #convertIn(spec: TokenCursor): void {
    const reason = 'it makes a partition of another table, whose rows are not followed';
    const table = spec.table();
    if (table) this.others.push({ table, reason, definition: true });
    this.gap ??= reason;
  }

  #add(spec: TokenCursor): void {
    const words = spec.tokens;
    if (words.some((token) => isWord(token, 'AUTO_INCREMENT'))) {
      this.#doubtful('it numbers rows that were there, in an order that the log does not tell');
    }
  }

  #doubtful(reason: string, definition: RowDoubt['definition'] = 'run'): void {
    // What cannot be run at all weighs more.
    if (this.doubt === null || definition === 'skip') this.doubt = { reason, definition };
  }
}

/** The parts between commas that stand in no parentheses. */
function specsOf(tokens: readonly SqlToken[]): SqlToken[][] {
  const specs: SqlToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'sign' && token.value === '(') depth++;
    if (token.kind === 'sign' && token.value === ')') depth--;
    if (depth === 0 && token.kind === 'sign' && token.value === ',') specs.push([]);
    else specs.at(-1)!.push(token);
  }
  return specs;
}

export const actingKey =
  'it adds a foreign key that changes rows by itself (CASCADE, SET NULL), which the log does not tell';

/** Whether a foreign key is among them that changes rows of the table by itself. */
export function addsActions(tokens: readonly SqlToken[]): boolean {
  const cursor = new TokenCursor(tokens);
  for (; !cursor.ended; cursor.at++) {
    if (!cursor.is('ON', 'DELETE') && !cursor.is('ON', 'UPDATE')) continue;
    cursor.at += 2;
    if (cursor.is('CASCADE') || cursor.is('SET', 'NULL') || cursor.is('SET', 'DEFAULT')) return true;
    cursor.at--;
  }
  return false;
}

/** Tables that foreign keys refer to. */
export function referencedTables(tokens: readonly SqlToken[]): NamedTable[] {
  const found: NamedTable[] = [];
  const cursor = new TokenCursor(tokens);
  while (!cursor.ended) {
    if (!cursor.take('REFERENCES')) {
      cursor.at++;
      continue;
    }
    const table = cursor.table();
    if (table) found.push(table);
  }
  return found;
}
