import type { TableAt } from '../foreign-keys.ts';
import { quoteTable } from '../foreign-keys.ts';
import type { NamedTable } from './token-cursor.ts';

/**
 * Which tables of the source stand where in the scratch database: the staged one under its own name, and, where foreign
 * keys refer to them, names of tables that are not there. A key that referred to a live table would lock and change it.
 */
export class StagedNames {
  readonly scratch: string;
  readonly #referred = new Map<string, TableAt>();

  constructor(scratch: string) {
    this.scratch = scratch;
  }

  staged({ table }: TableAt): TableAt {
    return { database: this.scratch, table };
  }

  /** The name in the scratch database for a table that a foreign key refers to. */
  referred(at: TableAt): TableAt {
    for (const [name, known] of this.#referred) {
      if (known.database === at.database && known.table === at.table) return { database: this.scratch, table: name };
    }
    const name = `tidemark_referred_${this.#referred.size + 1}`;
    this.#referred.set(name, at);
    return { database: this.scratch, table: name };
  }

  /** What `referred` gave that name for; undefined: it is none of them. */
  original({ database, table }: TableAt): TableAt | undefined {
    return database === this.scratch ? this.#referred.get(table) : undefined;
  }
}

/** The text with every name replaced. */
export function withNames(sql: string, named: readonly NamedTable[], nameOf: (named: NamedTable) => TableAt): string {
  let text = sql;
  // From the end on, so that places before it stay; a name that is told twice is replaced once.
  const places = new Map(named.map((one) => [one.start, one]));
  for (const one of [...places.values()].sort((a, b) => b.start - a.start)) {
    text = text.slice(0, one.start) + quoteTable(nameOf(one)) + text.slice(one.end);
  }
  return text;
}
