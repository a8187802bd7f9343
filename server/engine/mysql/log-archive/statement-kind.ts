/** What a statement of a log does, as far as its first word tells. */
export type StatementKind =
  /** Begins a group, or is a mark within it. */
  | 'control'
  /** Ends the group. */
  | 'end'
  /** Changes definitions. */
  | 'definition'
  /** Changes rows, logged as its text. */
  | 'change'
  /** Accounts, maintenance, and what we do not know. */
  | 'other';

const kinds: Record<string, StatementKind> = {
  BEGIN: 'control',
  SAVEPOINT: 'control',
  RELEASE: 'control',
  SET: 'control',
  USE: 'control',
  COMMIT: 'end',
  CREATE: 'definition',
  ALTER: 'definition',
  DROP: 'definition',
  TRUNCATE: 'definition',
  RENAME: 'definition',
  INSERT: 'change',
  UPDATE: 'change',
  DELETE: 'change',
  REPLACE: 'change',
  LOAD: 'change',
  CALL: 'change',
  DO: 'change',
  SELECT: 'change', // of a function that changes rows
  WITH: 'change',
};

/** Definitions of accounts begin as those of tables do. */
const accounts = /^(?:CREATE|ALTER|DROP|RENAME)\s+(?:OR\s+REPLACE\s+)?(?:USER|ROLE)\b/i;
const noise = /^(?:\s+|\/\*(?!M?!)[\s\S]*?\*\/|\/\*M?!\d*|--[^\n]*\n|#[^\n]*\n|\(|;)+/;

export function statementKind(sql: string): StatementKind {
  const text = sql.replace(noise, '');
  const word = /^[a-z]+/i.exec(text)?.[0].toUpperCase() ?? '';
  if (word === 'ROLLBACK') return /^ROLLBACK\s+(WORK\s+)?TO\b/i.test(text) ? 'control' : 'end';
  // XA START and XA END stand within the group they begin or end; XA COMMIT and XA ROLLBACK are one.
  if (word === 'XA') return /^XA\s+(START|BEGIN|END)\b/i.test(text) ? 'control' : 'end';
  if (accounts.test(text)) return 'other';
  return kinds[word] ?? 'other';
}
