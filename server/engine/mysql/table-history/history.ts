import type { StatementSession } from '../binlog/statement-session.ts';
import type { TableAt } from '../foreign-keys.ts';

/** A statement that a node's log holds as text, as history is told from it. */
export interface HistoryStatement {
  readonly kind: 'definition' | 'change' | 'other';
  /** '' where the group has none. */
  readonly gtid: string;
  /** Seconds since 1970, by the server's clock: what an index says of the group, or the statement's own. */
  readonly at: number;
  /** Where its event begins. */
  readonly file: string;
  readonly position: bigint;
  /** Where its group begins; null: only the index was read. */
  readonly groupPosition: bigint | null;
  /** The database in use. */
  readonly database: string;
  readonly sql: string;
  /** `sql` is all of it: an index keeps only a beginning. */
  readonly whole: boolean;
  /** What its event says of the session it ran in. null: only the index was read. */
  readonly session: StatementSession | null;
  /** The server's error that it ended with after it had done a part; 0: none. */
  readonly errorCode: number;
}

/** How a restore goes across a statement. */
export type CrossingEffect =
  /** The statement runs on the staged table, under the names it has there. */
  | 'replay'
  /** The table has another name from here on, and is otherwise the same. */
  | 'rename'
  /** It is there from here on, empty: what was before it only tells its definition, or nothing. */
  | 'created'
  /** It holds no row from here on. */
  | 'empty'
  /** It cannot be crossed: `reason` says why. */
  | 'gap';

export interface Crossing {
  readonly effect: CrossingEffect;
  readonly statement: HistoryStatement;
  /** Of a gap: a sentence without its first capital and its full stop. */
  readonly reason?: string;
  /**
   * Statements before it that changed what its database gives to new tables (its character set), in their order. They
   * run before it.
   */
  readonly database: readonly HistoryStatement[];
}

/** A time in which the table had one name and one definition. */
export interface TableSpan {
  /** How the span before it was left; null: it begins where the history does. */
  readonly crossing: Crossing | null;
  readonly name: TableAt;
  /** The rows in it count. Otherwise its statements are of use only for the definition, and no row is to be read. */
  readonly rows: boolean;
}

/** The table that has a name at the end of an interval, and what became of it in the interval. */
export type TableHistory =
  | {
      readonly there: true;
      /**
       * What it begins with, under the name of the first span: what a backup holds, all of it or only its definition; or
       * nothing at all, and its first crossing makes it.
       */
      readonly base: 'rows' | 'definition' | 'nothing';
      /** The name that the base has there. */
      readonly root: TableAt;
      /** In order. At least one. */
      readonly spans: readonly TableSpan[];
      /** Those that made and dropped triggers of the table, in order. */
      readonly triggers: readonly HistoryStatement[];
      /** The first crossing of the spans that is a gap; null: a restore goes all the way. */
      readonly gap: Crossing | null;
    }
  | {
      readonly there: false;
      /** The statement after which nothing had the name any more; null: nothing had it in all this log. */
      readonly statement: HistoryStatement | null;
      /** Under what name the table went on; null: it was dropped. */
      readonly renamedTo: TableAt | null;
    };

/** What is so of a name from a statement on, up to the next one. */
export interface NameState {
  /** null: from the beginning of the log on. */
  readonly from: HistoryStatement | null;
  readonly history: TableHistory;
}
