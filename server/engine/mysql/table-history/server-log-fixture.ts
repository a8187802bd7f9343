import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileEvents } from '../binlog/file-events.ts';
import { gtidText, takesEffect } from '../binlog/gtid-event.ts';
import type { TableMapEvent } from '../binlog/table-map-event.ts';
import type { LoggedRows } from '../merge/logged-rows.ts';
import type { HistoryStatement } from './history.ts';
import { historyStatement } from './history-statement.ts';

/** For tests: what a server's binlog files hold. */
export type LoggedThing =
  | { readonly kind: 'statement'; readonly statement: HistoryStatement }
  | { readonly kind: 'rows'; readonly database: string; readonly table: string; readonly rows: LoggedRows };

/** In the order of the log. */
export function readServerLog(folder: string): LoggedThing[] {
  const names = readdirSync(folder).filter((name) => /^binlog\.\d+$/.test(name));
  return names.sort().flatMap((name, file) => [...thingsOf(readFileSync(join(folder, name)), name, file)]);
}

export const statementsOf = (log: readonly LoggedThing[]): HistoryStatement[] =>
  log.flatMap((thing) => (thing.kind === 'statement' ? [thing.statement] : []));

function* thingsOf(bytes: Buffer, name: string, file: number): Generator<LoggedThing> {
  const maps = new Map<bigint, TableMapEvent>();
  let [gtid, groupPosition, isRun] = ['', 0n, true];
  for (const { header, event, position } of fileEvents(bytes)) {
    if (event.kind === 'gtid') [gtid, groupPosition, isRun] = [gtidText(event.gtid), position, takesEffect(event)];
    if (event.kind === 'tableMap') maps.set(event.tableId, event);
    if (event.kind === 'query' && isRun) {
      const place = { gtid, file: name, position, groupPosition, timestamp: header.timestamp };
      const statement = historyStatement(event, place);
      if (statement) yield { kind: 'statement', statement };
    }
    const map = event.kind === 'rows' && maps.get(event.tableId);
    if (event.kind !== 'rows' || !map) continue;
    const rows = { map, event, position: { file, offset: Number(position) } };
    yield { kind: 'rows', database: map.database, table: map.table, rows };
  }
}
