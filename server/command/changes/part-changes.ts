import { touchesTable } from '#server/engine/mysql/log-archive/touches-table.ts';
import type { LogIndex, LogStatement, LogTable } from '#server/manifest/log-schema.ts';

/** A piece of a table as the log of its node names it. */
export interface PieceName {
  readonly database: string;
  readonly table: string;
}

/** A group of a log that changed the table. */
export interface LoggedGroup {
  /** '' where the log has none. */
  readonly gtid: string;
  /** Seconds since 1970, as the log tells it. */
  readonly time: number;
  readonly inserts: number;
  readonly updates: number;
  readonly deletes: number;
  readonly statement: string | null;
  readonly file: string;
  readonly position: string;
}

/** What the index of one segment, or of one piece of the tail, says of a table. */
export interface PartChanges {
  readonly minutes: LogTable['minutes'];
  /** Each once, in no order. */
  readonly groups: readonly LoggedGroup[];
  /** By minute since 1970: statements among them that are no changes of rows we can count. */
  readonly statementMinutes: readonly number[];
  /** All that changed more rows than this are among the groups. 0: all are. */
  readonly listedAbove: number;
  /** Statements of the segment that its index does not list, from this time on in seconds; null: none. */
  readonly leftOutFrom: number | null;
}

type LogLargest = LogTable['largest'][number];

const definitionChars = 300;

/**
 * What an index says of the pieces that a table has on the node. Counts of a group that changed several of them, and only
 * in one of them many rows, are those of the pieces in which it is among the largest.
 */
export function partChanges(index: LogIndex, pieces: readonly PieceName[]): PartChanges {
  const own = index.tables.filter(({ database, table }) =>
    pieces.some((piece) => piece.database === database && piece.table === table),
  );
  const groups = new Map<string, LoggedGroup>();
  let listedAbove = 0;
  for (const { largest, counts } of own) {
    for (const one of largest) addGroup(groups, groupOf(one));
    if (largest.length < counts.transactions) listedAbove += Math.min(...largest.map(rowsOf));
  }
  const statements = index.statements.filter((one) => pieces.some((piece) => touchesTable(one, piece)));
  for (const one of statements) addGroup(groups, ofStatement(one));
  const { definition, change } = index.statementsLeftOut;
  return {
    minutes: own.flatMap(({ minutes }) => minutes),
    groups: [...groups.values()],
    statementMinutes: statements.map(({ at }) => Math.floor(at / 60)),
    listedAbove,
    leftOutFrom: definition + change > 0 ? (index.statements.at(-1)?.at ?? 0) : null,
  };
}

/** One group, wherever it was found: in another piece of the table, in the next segment, as a statement. */
export function addGroup(groups: Map<string, LoggedGroup>, group: LoggedGroup): void {
  const key = group.gtid === '' ? `${group.file}:${group.position}` : group.gtid;
  const known = groups.get(key);
  if (!known) {
    groups.set(key, group);
    return;
  }
  groups.set(key, {
    ...known,
    inserts: known.inserts + group.inserts,
    updates: known.updates + group.updates,
    deletes: known.deletes + group.deletes,
    statement: known.statement ?? group.statement,
  });
}

const rowsOf = ([, , inserts, updates, deletes]: LogLargest) => inserts + updates + deletes;

function groupOf([gtid, time, inserts, updates, deletes, file, position]: LogLargest): LoggedGroup {
  return { gtid, time, inserts, updates, deletes, statement: null, file, position };
}

/** The text of a change holds the values of rows: of that, only what it is comes out. */
function ofStatement({ kind, gtid, at, file, position, sql }: LogStatement): LoggedGroup {
  const words = sql.trim().replace(/\s+/g, ' ');
  const cut = words.length > definitionChars ? `${words.slice(0, definitionChars)}…` : words;
  const [verb = 'a change'] = /[a-z]+/i.exec(words.replace(/\/\*.*?\*\//g, '')) ?? [];
  const statement = kind === 'definition' ? cut : `${verb.toUpperCase()}, logged as its text`;
  return { gtid, time: at, inserts: 0, updates: 0, deletes: 0, statement, file, position };
}
