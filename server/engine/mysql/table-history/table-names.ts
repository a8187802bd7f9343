import type { TableAt } from '../foreign-keys.ts';
import type { Definition, RowDoubt } from './definition.ts';
import type { CrossingEffect, HistoryStatement } from './history.ts';
import { mentionedTables } from './mentioned-tables.ts';
import { readDefinition } from './read-definition.ts';
import { tokenizeSql } from './sql-tokens.ts';
import { dialectOf } from './statement-dialect.ts';
import type { NamedTable } from './token-cursor.ts';

/** One step in the life of a table. Steps are shared by whoever descends from them and never change. */
export interface TableStep {
  readonly name: TableAt;
  /** Which of the statements; -1: before the first. */
  readonly ordinal: number;
  /** null: the table was there before the first statement, or not at all: the log does not tell. */
  readonly crossing: {
    readonly effect: CrossingEffect;
    readonly statement: HistoryStatement;
    readonly reason?: string;
    readonly doubt: RowDoubt | null;
    readonly database: readonly HistoryStatement[];
  } | null;
  readonly before: TableStep | null;
}

/** Why nothing has a name. */
export interface Absence {
  /** null: it was not there when the log began. */
  readonly statement: HistoryStatement | null;
  readonly renamedTo: TableAt | null;
}

/** Something that may have changed rows of some tables, or of any (`names` null). */
export interface RowGap {
  readonly ordinal: number;
  readonly statement: HistoryStatement;
  /** By their keys in lower case. */
  readonly names: ReadonlySet<string> | null;
  readonly reason: string;
  /** The definition may have changed as well. */
  readonly definition: boolean;
}

const hiddenByTemporary =
  'makes a table of the same name that one session alone sees, so that it is not known which of the two later statements mean';

export interface NameOptions {
  /** The server compares names without case (lower_case_table_names). undefined: not known. */
  readonly ignoreCase?: boolean;
  /** Whether there was a table of this name when the log began. undefined, also as the answer: not known. */
  readonly existed?: (at: TableAt) => boolean | undefined;
}

/** Follows what statements do to names, one after another, whosever they are. */
export class TableNames {
  readonly gaps: RowGap[] = [];
  /** Statements of triggers. `table`: of the one that makes it, the key of its table at that time; of others null. */
  readonly triggers: { ordinal: number; statement: HistoryStatement; trigger: string; table: string | null }[] = [];
  readonly #ignoreCase: boolean | undefined;
  readonly #existed: NameOptions['existed'];
  readonly #tables = new Map<string, TableStep | Absence>();
  readonly #written = new Map<string, string>();
  readonly #dropped = new Map<string, HistoryStatement>();
  readonly #options = new Map<string, HistoryStatement[]>();
  #ordinal = -1;

  constructor({ ignoreCase, existed }: NameOptions = {}) {
    this.#ignoreCase = ignoreCase;
    this.#existed = existed;
  }

  /** What has the name now. */
  get(at: TableAt): TableStep | Absence {
    const key = this.keyOf(at);
    const found = this.#tables.get(key);
    if (found) return found;
    const dropped = this.#dropped.get(this.#folded(at.database));
    if (dropped) return { statement: dropped, renamedTo: null };
    if (this.#existed?.(at) === false) return { statement: null, renamedTo: null };
    return { name: at, ordinal: -1, crossing: null, before: null };
  }

  /** Statements must come in the order of the log. */
  add(statement: HistoryStatement): void {
    this.#ordinal++;
    if (statement.kind === 'other') return;
    const parsed = parse(statement);
    if (parsed.kind === 'change') {
      const tables = parsed.names?.map(({ database, table }) => ({ database: database ?? statement.database, table }));
      this.#gap(tables ?? null, statement, 'was logged as its text: which rows it changed is not known');
    } else if (statement.errorCode !== 0 && parsed.definition.verb !== 'drop table') {
      this.#gap(null, statement, `ended with error ${statement.errorCode} when it had done a part`, true);
    } else this.#apply(parsed.definition, statement);
  }

  #apply(definition: Definition, statement: HistoryStatement): void {
    switch (definition.verb) {
      case 'create table':
        this.#create(definition, statement);
        break;
      case 'alter table':
        this.#alter(definition, statement);
        break;
      case 'rename table':
        for (const { from, to } of definition.pairs) {
          if (definition.ifThere) this.#doubtRename(from, to, statement);
          this.#rename(from, to, statement, 'rename');
        }
        break;
      case 'drop table':
        for (const table of definition.tables) this.#set(this.#at(table, statement), { statement, renamedTo: null });
        break;
      case 'truncate table':
        this.#step(this.#at(definition.table, statement), statement, 'empty');
        break;
      case 'temporary table':
        this.#gap([this.#at(definition.table, statement)], statement, hiddenByTemporary);
        break;
      case 'create sequence':
        this.#begin(this.#at(definition.table, statement), statement, 'makes a sequence of that name');
        break;
      case 'drop database':
        this.#dropDatabase(definition.database, statement);
        break;
      case 'database options': {
        const database = this.#folded(definition.database ?? statement.database);
        this.#options.set(database, [...(this.#options.get(database) ?? []), statement]);
        break;
      }
      case 'create trigger':
      case 'drop trigger':
        this.#trigger(definition, statement);
        break;
      case 'no table':
        break;
      case 'unknown':
        this.#gap(null, statement, 'may concern any table: it is not understood', true);
    }
  }

  #create(definition: Extract<Definition, { verb: 'create table' }>, statement: HistoryStatement): void {
    const at = this.#at(definition.table, statement);
    const now = this.get(at);
    if (definition.ifMissing && !definition.replaces) {
      if (isStep(now) && (now.crossing || this.#existed?.(at))) return;
      if (isStep(now)) {
        const reason = 'makes the table only where it was missing, and the log does not tell whether it was';
        this.#gap([at], statement, reason, true);
        return;
      }
    }
    const source = definition.like && this.get(this.#at(definition.like, statement));
    if (source === null || !isStep(source)) {
      this.#begin(at, statement, source === null ? definition.gap : 'makes it like a table that is not in the log');
      return;
    }
    const crossing = { effect: 'created', statement, doubt: null, database: [] } as const;
    this.#set(at, { name: at, ordinal: this.#ordinal, crossing, before: source });
  }

  /** A table that comes from nothing but its statement. */
  #begin(at: TableAt, statement: HistoryStatement, reason: string | null): void {
    const database = this.#options.get(this.#folded(at.database)) ?? [];
    const effect = reason === null ? 'created' : 'gap';
    const crossing = { effect, statement, doubt: null, database, ...(reason === null ? {} : { reason }) } as const;
    this.#set(at, { name: at, ordinal: this.#ordinal, crossing, before: null });
  }

  #alter(definition: Extract<Definition, { verb: 'alter table' }>, statement: HistoryStatement): void {
    const at = this.#at(definition.table, statement);
    for (const { table, reason, definition: all } of definition.others) {
      const other = this.#at(table, statement);
      const now = this.get(other);
      if (!isStep(now)) this.#begin(other, statement, reason);
      else this.#gap([other], statement, reason, all);
    }
    const { renamedTo, doubt, gap } = definition;
    if (renamedTo) this.#rename(definition.table, renamedTo, statement, gap ? 'gap' : 'replay', gap, doubt);
    else this.#step(at, statement, gap ? 'gap' : 'replay', gap, doubt);
  }

  #step(
    at: TableAt,
    statement: HistoryStatement,
    effect: CrossingEffect,
    gap: string | null = null,
    doubt: RowDoubt | null = null,
  ): void {
    const now = this.get(at);
    if (isStep(now)) this.#set(at, this.#next(now, at, statement, effect, gap, doubt));
  }

  #rename(
    fromName: NamedTable,
    toName: NamedTable,
    statement: HistoryStatement,
    effect: CrossingEffect,
    gap: string | null = null,
    doubt: RowDoubt | null = null,
  ): void {
    const from = this.#at(fromName, statement);
    const to = this.#at(toName, statement);
    const now = this.get(from);
    // RENAME TABLE IF EXISTS of one that is not there.
    if (!isStep(now)) return;
    this.#set(from, { statement, renamedTo: to });
    this.#set(to, this.#next(now, to, statement, effect, gap, doubt));
  }

  /** IF EXISTS: it may have been another table that kept the name. */
  #doubtRename(fromName: NamedTable, toName: NamedTable, statement: HistoryStatement): void {
    const from = this.#at(fromName, statement);
    const now = this.get(from);
    if (!isStep(now) || now.crossing || this.#existed?.(from)) return;
    const reason = 'renames a table only where it is there, and the log does not tell whether it was';
    this.#gap([from, this.#at(toName, statement)], statement, reason, true);
  }

  #next(
    before: TableStep,
    name: TableAt,
    statement: HistoryStatement,
    effect: CrossingEffect,
    gap: string | null,
    doubt: RowDoubt | null,
  ): TableStep {
    const reason = gap === null ? {} : { reason: gap };
    return { name, ordinal: this.#ordinal, crossing: { effect, statement, doubt, database: [], ...reason }, before };
  }

  #dropDatabase(database: string, statement: HistoryStatement): void {
    const folded = this.#folded(database);
    this.#dropped.set(folded, statement);
    this.#options.delete(folded);
    for (const key of this.#tables.keys()) {
      if ((JSON.parse(key) as string[])[0] === folded) this.#tables.set(key, { statement, renamedTo: null });
    }
  }

  #trigger(
    definition: Extract<Definition, { verb: 'create trigger' | 'drop trigger' }>,
    statement: HistoryStatement,
  ): void {
    const trigger = this.#named(definition.trigger, statement);
    const table = definition.verb === 'create trigger' ? this.#named(definition.table, statement) : null;
    this.triggers.push({ ordinal: this.#ordinal, statement, trigger, table });
  }

  #gap(tables: readonly TableAt[] | null, statement: HistoryStatement, reason: string, definition = false): void {
    const names = tables && new Set(tables.map((at) => this.keyOf(at).toLowerCase()));
    this.gaps.push({ ordinal: this.#ordinal, names, statement, reason, definition });
  }

  #set(at: TableAt, step: TableStep | Absence): void {
    this.#tables.set(this.keyOf(at), step);
  }

  #at({ database, table }: NamedTable, statement: HistoryStatement): TableAt {
    const at = { database: database ?? statement.database, table };
    this.#note(at, statement);
    return at;
  }

  #named(named: NamedTable, statement: HistoryStatement): string {
    return this.keyOf(this.#at(named, statement));
  }

  /** The same name in another case may be another table. */
  #note(at: TableAt, statement: HistoryStatement): void {
    if (this.#ignoreCase !== undefined) return;
    const exact = this.keyOf(at);
    const lower = exact.toLowerCase();
    const first = this.#written.get(lower);
    if (first === undefined) this.#written.set(lower, exact);
    else if (first !== exact) {
      const reason = 'writes its name in another case, and whether that is another table depends on the server';
      this.#gap([at], statement, reason, true);
    }
  }

  /** Asked for by this name: counts as one way of writing it. */
  expect(at: TableAt): void {
    if (this.#ignoreCase === undefined) this.#written.set(this.keyOf(at).toLowerCase(), this.keyOf(at));
  }

  keyOf({ database, table }: TableAt): string {
    return JSON.stringify([this.#folded(database), this.#folded(table)]);
  }

  #folded(name: string): string {
    return this.#ignoreCase ? name.toLowerCase() : name;
  }
}

type Parsed =
  | { readonly kind: 'change'; readonly names: readonly NamedTable[] | null }
  | { readonly kind: 'definition'; readonly definition: Definition };

/** Statements of an index are read again for every backup before them. */
const known = new WeakMap<HistoryStatement, Parsed>();

function parse(statement: HistoryStatement): Parsed {
  const found = known.get(statement) ?? parseAnew(statement);
  known.set(statement, found);
  return found;
}

function parseAnew({ kind, sql, session, whole }: HistoryStatement): Parsed {
  const text = tokenizeSql(sql, dialectOf(session));
  const cut = text.cut || !whole;
  if (kind === 'change') return { kind, names: cut ? null : mentionedTables(text.tokens) };
  return { kind: 'definition', definition: readDefinition({ ...text, cut }) };
}

export const isStep = (found: TableStep | Absence): found is TableStep => 'before' in found;
