import type { RowsEvent } from '../binlog/rows-event.ts';
import type { TableMapEvent } from '../binlog/table-map-event.ts';
import type { LogPosition } from './log-position.ts';

/** One rows event of a table, with the table map before it. */
export interface LoggedRows {
  readonly map: TableMapEvent;
  readonly event: RowsEvent;
  readonly position: LogPosition;
}

/** Where tables are several: by the name that foreign keys know it by. */
export interface TableRows extends LoggedRows {
  readonly table: string;
}
