import type { LogStatement } from '#server/manifest/log-schema.ts';

/** Of a statement an index keeps so many characters: of a longer one, nobody knows what the rest names. */
const keptChars = 2_000;

const comment = /\/\*(?!M?!)[\s\S]*?\*\//g;
const ofNoTable =
  /^\s*(?:CREATE|ALTER|DROP)\s+(?:OR\s+REPLACE\s+)?(?:(?:AGGREGATE|ALGORITHM\s*=\s*\w+|DEFINER\s*=\s*\S+|SQL\s+SECURITY\s+\w+)\s+)*(?:VIEW|PROCEDURE|FUNCTION|EVENT|SERVER|PACKAGE|TEMPORARY)\b/i;
const newTable = /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?/i;
/** A new database holds no table, and one that is there already stays as it is, but for OR REPLACE. */
const database = /^\s*(CREATE|CREATE\s+OR\s+REPLACE|ALTER|DROP)\s+(?:DATABASE|SCHEMA)\b/i;
const changesNoTable = /^(?:CREATE|ALTER)$/i;
const callsCode = /^\s*(?:SELECT|CALL|DO|WITH)\b/i;
const name = '(?:`((?:[^`]|``)+)`|"((?:[^"]|"")+)"|([\\w$\\u0080-\\uffff]+))';
const names = new RegExp(`${name}(?:\\s*\\.\\s*${name})?`, 'g');

/**
 * Whether a statement that a log holds as text may change this table, its rows or its definition. Where that cannot be
 * told (code is called, the text is not whole) it may. Names are compared without case. What a trigger or a foreign key
 * does for a statement that does not name the table is not seen.
 */
export function touchesTable(statement: LogStatement, table: { database: string; table: string }): boolean {
  if (statement.kind === 'other') return false;
  const text = statement.sql.replace(comment, ' ');
  if (text.trim() === '') return true;
  if (statement.kind === 'change' && callsCode.test(text)) return true;
  if (statement.kind === 'definition' && ofNoTable.test(text)) return false;
  const wanted = { database: table.database.toLowerCase(), table: table.table.toLowerCase() };
  const [, verb] = database.exec(text) ?? [];
  if (verb) return !changesNoTable.test(verb) && namesOf(text).some(([one]) => one === wanted.database);
  const created = newTable.exec(text);
  // What else the text of a new table names, it only reads or refers to.
  const found = created ? namesOf(text.slice(created[0].length)).slice(0, 1) : namesOf(text);
  const here = statement.database === '' || statement.database.toLowerCase() === wanted.database;
  const named = found.some(([one, two]) =>
    two === null
      ? here && one === wanted.table
      : (one === wanted.database && two === wanted.table) || (here && !created && one === wanted.table),
  );
  return named || (!created && statement.sql.length >= keptChars);
}

/** Every name in the order of the text, with the one behind its dot. Words and texts in quotes count too. */
function namesOf(text: string): [string, string | null][] {
  return [...text.matchAll(names)].map(([, a, b, c, d, e, f]) => {
    const second = unquoted(d, e, f);
    return [unquoted(a, b, c)!.toLowerCase(), second === null ? null : second.toLowerCase()];
  });
}

function unquoted(ticked?: string, quoted?: string, plain?: string): string | null {
  return ticked?.replaceAll('``', '`') ?? quoted?.replaceAll('""', '"') ?? plain ?? null;
}
