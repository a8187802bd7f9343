import { eventType } from '../binlog/event-type.ts';
import { inflateBody } from '../binlog/inflate-body.ts';
import { type StatementKind, statementKind } from './statement-kind.ts';

const databaseLengthAt = 27;
const variablesLengthAt = 30;
const variablesAt = 32;
/** What is looked at, and what an index keeps. */
const mostBytes = 8_192;

/**
 * The text of a query event and what it does. `partly`: only its beginning is there. What cannot be read counts as a
 * change: nobody must believe that nothing happened.
 */
export function readStatement(
  event: Buffer,
  end: number,
  partly: boolean,
): { kind: StatementKind; database: string; sql: string } {
  const databaseAt = variablesAt + (end < variablesAt ? 0 : event.readUInt16LE(variablesLengthAt));
  const textAt = databaseAt + event[databaseLengthAt]! + 1;
  if (textAt > end) return { kind: 'change', database: '', sql: '' };
  const database = event.toString('utf8', databaseAt, textAt - 1);
  const text = event.subarray(textAt, end);
  const compressed = event[4] === eventType.queryCompressed;
  if (compressed && partly) return { kind: 'change', database, sql: '' };
  const plain = compressed ? inflated(text) : text;
  if (!plain) return { kind: 'change', database, sql: '' };
  const sql = plain.toString('utf8', 0, mostBytes);
  return { kind: statementKind(sql), database, sql };
}

function inflated(text: Buffer): Buffer | null {
  try {
    return inflateBody(text, 'compressed query event');
  } catch {
    return null;
  }
}
