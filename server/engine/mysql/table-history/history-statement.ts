import type { QueryEvent } from '../binlog/query-event.ts';
import { charsetOf } from '../canonical/charset.ts';
import { statementKind } from '../log-archive/statement-kind.ts';
import type { HistoryStatement } from './history.ts';

/** Where a query event lies and when it ran. */
export interface QueryPlace {
  readonly gtid: string;
  readonly file: string;
  readonly position: bigint;
  /** Where its group begins. */
  readonly groupPosition: bigint;
  /** Seconds since 1970 in its header: when the statement began. */
  readonly timestamp: number;
}

/** null: it only marks transactions. */
export function historyStatement(query: QueryEvent, place: QueryPlace): HistoryStatement | null {
  const { session, database, errorCode } = query;
  const text = statementText(query);
  const sql = text ?? query.sql.toString('latin1');
  const kind = statementKind(sql);
  if (kind === 'control' || kind === 'end') return null;
  const { gtid, file, position, groupPosition, timestamp } = place;
  const whole = text !== null;
  return { kind, gtid, at: timestamp, file, position, groupPosition, database, sql, whole, session, errorCode };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder('windows-1252');

/** null: it is written in a character set that is not read here, or not as that set says. */
function statementText({ sql, session }: QueryEvent): string | null {
  if (sql.every((byte) => byte < 0x80)) return sql.toString('latin1');
  const charset = session.charset && charsetOf(session.charset.client);
  if (charset === 'latin1') return latin1.decode(sql);
  if (charset !== undefined && !['utf8mb3', 'utf8mb4', 'binary'].includes(charset)) return null;
  try {
    return utf8.decode(sql);
  } catch {
    return null;
  }
}
