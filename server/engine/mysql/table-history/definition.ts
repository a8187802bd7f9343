import type { NamedTable } from './token-cursor.ts';

/** What keeps the rows after a statement from being known, and what becomes of it where no row counts. */
export interface RowDoubt {
  /** A sentence without its first capital and its full stop. */
  readonly reason: string;
  /** Where only the definition counts: the statement is run all the same, or has no part in it. */
  readonly definition: 'run' | 'skip';
}

/** A table that an ALTER of another changes as well: its rows, or all of it. */
export interface OtherTable {
  readonly table: NamedTable;
  readonly reason: string;
  readonly definition: boolean;
}

/** What a statement that changes definitions does to tables, as far as its text tells. */
export type Definition =
  | {
      readonly verb: 'create table';
      readonly table: NamedTable;
      readonly replaces: boolean;
      readonly ifMissing: boolean;
      /** It takes the definition of this one. */
      readonly like: NamedTable | null;
      /** What the text does not tell and the table needs. */
      readonly gap: string | null;
      readonly named: readonly NamedTable[];
    }
  | {
      readonly verb: 'alter table';
      readonly table: NamedTable;
      readonly renamedTo: NamedTable | null;
      readonly doubt: RowDoubt | null;
      readonly others: readonly OtherTable[];
      readonly named: readonly NamedTable[];
      /** What is wrong with all of it. */
      readonly gap: string | null;
    }
  | {
      readonly verb: 'rename table';
      readonly pairs: readonly { readonly from: NamedTable; readonly to: NamedTable }[];
      /** What is not there is passed over. */
      readonly ifThere: boolean;
    }
  | { readonly verb: 'drop table'; readonly tables: readonly NamedTable[] }
  | { readonly verb: 'truncate table'; readonly table: NamedTable }
  | { readonly verb: 'temporary table'; readonly table: NamedTable }
  | { readonly verb: 'drop database'; readonly database: string }
  | {
      readonly verb: 'database options';
      readonly database: string | null /** Where in the text its options begin. */;
      readonly optionsStart: number;
    }
  | {
      readonly verb: 'create trigger';
      readonly trigger: NamedTable;
      readonly table: NamedTable;
      readonly replaces: boolean;
    }
  | { readonly verb: 'drop trigger'; readonly trigger: NamedTable }
  /** Something else than a table has the name, or had it. */
  | { readonly verb: 'create sequence'; readonly table: NamedTable }
  | { readonly verb: 'no table' }
  /** Nobody knows which tables it concerns. */
  | { readonly verb: 'unknown' };
