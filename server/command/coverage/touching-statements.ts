import { touchesTable } from '#server/engine/mysql/log-archive/touches-table.ts';
import type { LogStatement } from '#server/manifest/log-schema.ts';
import type { ChangedWith } from './changed-with.ts';
import type { LogPart } from './log-part.ts';

/** A statement that may have changed a table, and which. */
export interface Touch {
  readonly statement: LogStatement;
  readonly table: ChangedWith['tables'][number];
}

/** What of each part of a log may have changed some tables: looked for once, however many backups lie before it. */
export class TouchingStatements {
  readonly #known = new Map<string, Map<LogPart, readonly Touch[]>>();

  /** In the order of the log. */
  of(part: LogPart, tables: ChangedWith['tables']): readonly Touch[] {
    if (part.statements.length === 0) return [];
    const key = JSON.stringify(tables);
    const known = this.#known.get(key) ?? new Map<LogPart, readonly Touch[]>();
    this.#known.set(key, known);
    const found =
      known.get(part) ??
      part.statements.flatMap((statement) => {
        const table = tables.find((one) => touchesTable(statement, one));
        return table ? [{ statement, table }] : [];
      });
    known.set(part, found);
    return found;
  }
}
