/** A piece of a statement that means something: comments and spaces are none. */
export interface SqlToken {
  readonly kind: /** Without quotes: a keyword, a name, a number. */
    | 'word'
    /** A name in backticks, or in double quotes where these quote names. */
    | 'name'
    /** In double quotes, where nothing tells whether these quote names. */
    | 'either'
    | 'text'
    /** One character of anything else. */
    | 'sign';
  /** Without its quotes; of texts as it stands between them. */
  readonly value: string;
  /** Where it lies in the statement, quotes included. */
  readonly start: number;
  readonly end: number;
}

export interface SqlDialect {
  /** Double quotes quote names. undefined: not known. */
  readonly ansiQuotes?: boolean;
  /** A backslash in a text is itself. */
  readonly plainBackslashes?: boolean;
}

export interface TokenizedSql {
  readonly tokens: readonly SqlToken[];
  /** The text ends inside of quotes or of a comment. */
  readonly cut: boolean;
}

const word = /[\w$\u0080-\uffff]+/y;
const space = /\s+/y;
const lineComment = /(?:#|--(?=[\s\p{Cc}]|$))[^\n]*/uy;
/** Begins a comment whose content runs: on any server, or from a version on. */
const runningComment = /\/\*(?:M!|!)(\d{5,6})?/y;
/** Versions that MariaDB takes for MySQL's own, and so for plain comments. */
const foreignVersions = [50_700, 99_999] as const;

/**
 * Takes the text of a statement apart as a server does, without regard to what it means. What stands in comments that
 * run (those that begin with an exclamation mark) is part of the statement; those for versions of MySQL that MariaDB passes over are not.
 */
export function tokenizeSql(sql: string, dialect: SqlDialect = {}): TokenizedSql {
  const tokens: SqlToken[] = [];
  let cut = false;
  let running = 0;
  for (let at = 0; at < sql.length; ) {
    const skipped = spaceOrComment(sql, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    if (sql.startsWith('/*', at)) {
      const opened = matchAt(runningComment, sql, at);
      if (opened && runs(opened[1])) {
        running++;
        at += opened[0].length;
        continue;
      }
      const end = sql.indexOf('*/', at + 2);
      cut ||= end < 0;
      at = end < 0 ? sql.length : end + 2;
      continue;
    }
    if (running > 0 && sql.startsWith('*/', at)) {
      running--;
      at += 2;
      continue;
    }
    const token = tokenAt(sql, at, dialect);
    if (token === null) {
      cut = true;
      break;
    }
    tokens.push(token);
    at = token.end;
  }
  return { tokens, cut: cut || running > 0 };
}

function spaceOrComment(sql: string, at: number): number {
  const found = matchAt(space, sql, at) ?? matchAt(lineComment, sql, at);
  return found ? at + found[0].length : at;
}

function runs(version: string | undefined): boolean {
  if (version === undefined) return true;
  const number = Number(version);
  return number < foreignVersions[0] || number > foreignVersions[1];
}

/** null: its quotes are never closed. */
function tokenAt(sql: string, at: number, { ansiQuotes, plainBackslashes }: SqlDialect): SqlToken | null {
  const first = sql[at]!;
  const found = matchAt(word, sql, at);
  if (found) return { kind: 'word', value: found[0], start: at, end: at + found[0].length };
  if (first !== '`' && first !== '"' && first !== "'") return { kind: 'sign', value: first, start: at, end: at + 1 };
  const kind = first === '`' || (first === '"' && ansiQuotes) ? 'name' : first === "'" ? 'text' : doubled(ansiQuotes);
  const end = closingQuote(sql, at, first, kind !== 'name' && !plainBackslashes);
  if (end < 0) return null;
  return { kind, value: sql.slice(at + 1, end).replaceAll(first + first, first), start: at, end: end + 1 };
}

const doubled = (ansiQuotes: boolean | undefined) => (ansiQuotes === undefined ? 'either' : 'text');

function closingQuote(sql: string, open: number, quote: string, escapes: boolean): number {
  for (let at = open + 1; at < sql.length; at++) {
    if (escapes && sql[at] === '\\') at++;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at;
      at++;
    }
  }
  return -1;
}

function matchAt(pattern: RegExp, sql: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(sql);
}
