/**
 * What `SHOW GRANTS` says, as data. It is read instead of information_schema because only it shows what a role gives.
 * Grants on columns and on routines are left out: none of what we need can be held through them.
 */
export interface Grant {
  privileges: string[];
  /** Null = everything. A database is a pattern of LIKE (`%`, `_`, backslash escapes), as the server keeps it. */
  database: string | null;
  table: string | null;
}

type Token = { text: string; kind: 'word' | 'name' | 'mark' };

/** Lines of `SHOW GRANTS`; a line that grants a role, a proxy or on a routine gives nothing. */
export function parseGrants(lines: readonly string[]): Grant[] {
  return lines.flatMap((line) => parseGrant(line) ?? []);
}

/** Whether a privilege is held everywhere, or at least in `database`, or at least on its `table`. */
export function holds(grants: readonly Grant[], privilege: string, database?: string, table?: string): boolean {
  return grants.some((grant) => {
    if (!grant.privileges.includes(privilege) && !grant.privileges.includes('ALL PRIVILEGES')) return false;
    if (grant.database === null) return true;
    if (database === undefined || !matchesLike(grant.database, database)) return false;
    return grant.table === null || grant.table === table;
  });
}

function parseGrant(line: string): Grant | undefined {
  const tokens = tokenise(line);
  if (tokens[0]?.text.toUpperCase() !== 'GRANT') return undefined;
  const on = tokens.findIndex((token) => token.kind === 'word' && token.text.toUpperCase() === 'ON');
  if (on < 0) return undefined;
  const target = readTarget(tokens.slice(on + 1));
  return target && { privileges: readPrivileges(tokens.slice(1, on)), ...target };
}

function readPrivileges(tokens: readonly Token[]): string[] {
  const found: string[] = [];
  let words: string[] = [];
  let depth = 0;
  let columnsOnly = false;
  for (const token of [...tokens, { text: ',', kind: 'mark' }]) {
    if (token.kind === 'mark' && token.text === '(') {
      depth++;
      columnsOnly = true;
    } else if (token.kind === 'mark' && token.text === ')') depth--;
    else if (depth > 0) continue;
    else if (token.kind === 'mark' && token.text === ',') {
      if (words.length > 0 && !columnsOnly) found.push(words.join(' ').toUpperCase());
      words = [];
      columnsOnly = false;
    } else words.push(token.text);
  }
  return found;
}

function readTarget(tokens: readonly Token[]): Pick<Grant, 'database' | 'table'> | undefined {
  const [first, dot, second] = tokens;
  if (!first || dot?.text !== '.' || !second) return undefined;
  const isStar = (token: Token) => token.kind === 'mark' && token.text === '*';
  if (isStar(first)) return isStar(second) ? { database: null, table: null } : undefined;
  if (isStar(second)) return { database: first.text, table: null };
  // In a grant on one table the name of its database is no pattern.
  return { database: first.text.replace(/[\\%_]/g, '\\$&'), table: second.text };
}

function tokenise(line: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < line.length; ) {
    const c = line[at]!;
    if (c === '`' || c === "'" || c === '"') {
      let text = '';
      for (at++; at < line.length && (line[at] !== c || line[at + 1] === c); at++) {
        if (line[at] === c) at++;
        text += line[at];
      }
      at++;
      tokens.push({ text, kind: 'name' });
    } else if (/\s/.test(c)) at++;
    else if (/[\w$]/.test(c)) {
      const text = /^[\w$]+/.exec(line.slice(at))![0];
      tokens.push({ text, kind: 'word' });
      at += text.length;
    } else {
      tokens.push({ text: c, kind: 'mark' });
      at++;
    }
  }
  return tokens;
}

function matchesLike(pattern: string, text: string): boolean {
  let source = '';
  const chars = [...pattern];
  for (let at = 0; at < chars.length; at++) {
    const c = chars[at]!;
    if (c === '%') source += '.*';
    else if (c === '_') source += '.';
    else source += escapeRegExp(c === '\\' && at + 1 < chars.length ? chars[++at]! : c);
  }
  return new RegExp(`^${source}$`, 'su').test(text);
}

function escapeRegExp(c: string): string {
  return c.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}
