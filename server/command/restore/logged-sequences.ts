import type { RowsEvent } from '#server/engine/mysql/binlog/rows-event.ts';
import type { TableAt } from '#server/engine/mysql/foreign-keys.ts';
import { foreignName } from '#server/engine/mysql/merge/foreign-actions.ts';
import type { TableRows } from '#server/engine/mysql/merge/logged-rows.ts';
import { raiseSequence, type Sequence } from '#server/engine/mysql/sequences.ts';
import type { SqlSession } from '#server/engine/mysql/sql-session.ts';

/** Of a sequence's row: the bits for NULL, the next value that is not cached, five more of eight bytes, one, and eight. */
const sequenceRowBytes = 1 + 8 + 5 * 8 + 1 + 8;

/** What a log says of the sequences that a table's defaults draw from. */
export class LoggedSequences {
  /** As tables: a server logs a sequence as a table of one row. */
  readonly tables: readonly TableAt[];
  readonly #names: ReadonlySet<string>;
  readonly #next = new Map<string, bigint>();

  constructor(sequences: readonly Pick<Sequence, 'database' | 'name'>[] = []) {
    this.tables = sequences.map(({ database, name }) => ({ database, table: name }));
    this.#names = new Set(this.tables.map(({ database, table }) => foreignName(database, table)));
  }

  /** Keeps what an event says of one of them; false: it is of another table. */
  take({ table, event }: TableRows): boolean {
    if (!this.#names.has(table)) return false;
    const next = nextNotCached(event);
    if (next !== null) this.#next.set(table, next);
    return true;
  }

  /**
   * Sets each to go on where the log has it: no value from there on has been given to anybody. None is set back, and one
   * that was not drawn from stays as it is. Errors: those of the node.
   */
  async raise(session: SqlSession): Promise<void> {
    for (const at of this.tables) {
      const next = this.#next.get(foreignName(at.database, at.table));
      if (next !== undefined) await raiseSequence(session, at, next);
    }
  }
}

/** Each time values were cached is a row; the last one counts. */
function nextNotCached({ change, images }: RowsEvent): bigint | null {
  if (change !== 'insert' || images.length < sequenceRowBytes) return null;
  return images.readBigInt64LE(images.length - sequenceRowBytes + 1);
}
