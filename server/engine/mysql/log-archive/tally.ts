import type { LogCounts, LogIndex, LogStatement, LogTable } from '#server/manifest/log-schema.ts';
import type { RowChange } from '../binlog/rows-event.ts';
import { LargestGroups } from './largest-groups.ts';
import type { StreamBuffer } from './stream-buffers.ts';

/** So many statements are kept with their text. */
const mostStatements = 1_000;
const statementChars = 2_000;

/** A group, as the tallies and the index name it. */
export interface LoggedGroup {
  /** '' where it has none. */
  readonly gtid: string;
  /** Seconds since 1970; never less than those of the group before. */
  readonly time: number;
  readonly file: string;
  readonly position: number;
}

type Minute = [minute: number, inserts: number, updates: number, deletes: number, transactions: number];

const placeOf: Record<RowChange, 1 | 2 | 3> = { insert: 1, update: 2, delete: 3 };

/** What happened to one table in one segment. */
export class TableTally {
  readonly database: string;
  readonly table: string;
  readonly body: StreamBuffer;
  readonly #minutes: Minute[] = [];
  readonly #mostGroups: () => number;
  readonly #largest = new LargestGroups();
  #minute: Minute | undefined;
  #group: LoggedGroup | undefined;
  #ofGroup: [number, number, number] = [0, 0, 0];

  /** `mostGroups`: of how many groups the index is to tell at this time. */
  constructor(database: string, table: string, body: StreamBuffer, mostGroups: () => number) {
    this.database = database;
    this.table = table;
    this.body = body;
    this.#mostGroups = mostGroups;
  }

  add(group: LoggedGroup, change: RowChange, rows: number): void {
    if (group !== this.#group) this.#begin(group);
    const place = placeOf[change];
    this.#minute![place] += rows;
    this.#ofGroup[place - 1]! += rows;
  }

  result(): LogTable {
    this.#endGroup();
    const counts: LogCounts = { inserts: 0, updates: 0, deletes: 0, transactions: 0 };
    for (const [, inserts, updates, deletes, transactions] of this.#minutes) {
      counts.inserts += inserts;
      counts.updates += updates;
      counts.deletes += deletes;
      counts.transactions += transactions;
    }
    const { stream, frames } = this.body;
    const { database, table } = this;
    const largest = this.#largest.result(this.#mostGroups());
    return { database, table, stream, frames, counts, minutes: this.#minutes, largest };
  }

  #begin(group: LoggedGroup): void {
    this.#endGroup();
    this.#group = group;
    const minute = Math.floor(group.time / 60);
    if (this.#minute?.[0] !== minute) {
      this.#minute = [minute, 0, 0, 0, 0];
      this.#minutes.push(this.#minute);
    }
    this.#minute[4]++;
  }

  #endGroup(): void {
    const group = this.#group;
    if (!group) return;
    const [inserts, updates, deletes] = this.#ofGroup;
    this.#ofGroup = [0, 0, 0];
    this.#group = undefined;
    const rows = inserts + updates + deletes;
    if (!this.#largest.takes(rows)) return;
    const { gtid, time, file, position } = group;
    this.#largest.add([gtid, time, inserts, updates, deletes, file, String(position)], this.#mostGroups());
  }
}

/** What happened in one segment apart from its tables. */
export class SegmentTally {
  events = 0;
  transactions = 0;
  definitions = 0;
  textChanges = 0;
  incidents = 0;
  uncounted = 0;
  firstTime: number | null = null;
  lastTime: number | null = null;
  readonly statements: LogStatement[] = [];
  readonly leftOut = { definition: 0, change: 0, other: 0 };

  begin(group: LoggedGroup): void {
    this.transactions++;
    this.firstTime ??= group.time;
    this.lastTime = group.time;
  }

  statement(group: LoggedGroup, position: number, statement: Pick<LogStatement, 'kind' | 'database' | 'sql'>): void {
    const { kind, database, sql } = statement;
    if (kind === 'definition') this.definitions++;
    if (kind === 'change') this.textChanges++;
    if (this.statements.length >= mostStatements) {
      this.leftOut[kind]++;
      return;
    }
    const { gtid, time, file } = group;
    this.statements.push({
      ...{ kind, gtid, at: time, file, position: String(position), database },
      sql: sql.length > statementChars ? sql.slice(0, statementChars) : sql,
    });
  }

  counts(tables: readonly LogTable[]): LogIndex['summary']['counts'] {
    const sum = (of: 'inserts' | 'updates' | 'deletes') => tables.reduce((all, { counts }) => all + counts[of], 0);
    const { transactions, definitions, textChanges, incidents, uncounted } = this;
    return {
      ...{ inserts: sum('inserts'), updates: sum('updates'), deletes: sum('deletes'), transactions },
      ...{ definitions, textChanges, incidents, uncounted },
    };
  }
}
