import type { LogStatement } from '#server/manifest/log-schema.ts';
import type { HistoryStatement } from './history.ts';

/** Of a statement an index keeps so many characters: of a longer one, nobody knows what the rest says. */
const keptChars = 2_000;

const made = new WeakMap<LogStatement, HistoryStatement>();

/** A statement as an index of the log archive tells it; the same one each time it is asked for. */
export function indexStatement(statement: LogStatement): HistoryStatement {
  const { kind, gtid, at, file, position, database, sql } = statement;
  const found = made.get(statement) ?? {
    ...{ kind, gtid, at, file, position: BigInt(position), groupPosition: null, database, sql },
    ...{ whole: sql.length < keptChars, session: null, errorCode: 0 },
  };
  made.set(statement, found);
  return found;
}
