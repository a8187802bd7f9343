import { AlterSpecs, actingKey, addsActions, referencedTables } from './alter-specs.ts';
import type { Definition } from './definition.ts';
import type { SqlToken, TokenizedSql } from './sql-tokens.ts';
import { isWord, type NamedTable, TokenCursor } from './token-cursor.ts';

/** Tells what a statement does that changes definitions. What is not understood is `unknown`, never nothing. */
export function readDefinition({ tokens, cut }: TokenizedSql): Definition {
  return readFirst(new TokenCursor(tokens), cut) ?? { verb: 'unknown' };
}

function readFirst(words: TokenCursor, cut: boolean): Definition | undefined {
  if (words.take('CREATE')) return readCreate(words, cut);
  if (words.take('ALTER')) return readAlter(words, cut);
  if (words.take('DROP')) return readDrop(words, cut);
  if (words.take('RENAME')) return readRename(words, cut);
  if (words.take('TRUNCATE')) {
    words.take('TABLE');
    const table = words.table();
    return table && { verb: 'truncate table', table };
  }
  return undefined;
}

const cutText = 'only a part of its text is known';

const withoutTables = new Set([
  ...['VIEW', 'PROCEDURE', 'FUNCTION', 'EVENT', 'SERVER', 'PACKAGE', 'USER', 'ROLE', 'TABLESPACE', 'LOGFILE'],
]);

function readCreate(words: TokenCursor, cut: boolean): Definition | undefined {
  const replaces = words.take('OR', 'REPLACE');
  if (words.take('TEMPORARY')) {
    if (words.take('SEQUENCE')) return { verb: 'no table' };
    if (!words.take('TABLE')) return undefined;
    ifMissing(words);
    const table = words.table();
    return table && { verb: 'temporary table', table };
  }
  if (words.take('TABLE')) return readCreateTable(words, replaces, cut);
  if (words.take('SEQUENCE')) {
    ifMissing(words);
    const table = words.table();
    return table && { verb: 'create sequence', table };
  }
  if (words.take('DATABASE') || words.take('SCHEMA')) {
    ifMissing(words);
    const name = words.name();
    if (!name) return undefined;
    // Another one is in its place.
    return replaces
      ? { verb: 'drop database', database: name.value }
      : { verb: 'database options', database: name.value, optionsStart: words.place };
  }
  skipOptions(words);
  if (words.take('TRIGGER')) return readTrigger(words, replaces, cut);
  if (isOfNoTable(words)) return { verb: 'no table' };
  return readIndex(words, cut, 'CREATE');
}

/** Takes IF NOT EXISTS or IF EXISTS and tells whether it stood there. */
function ifMissing(words: TokenCursor): boolean {
  return words.take('IF', 'NOT', 'EXISTS') || words.take('IF', 'EXISTS');
}

/** What stands between CREATE and what is created: DEFINER = …, ALGORITHM = …, SQL SECURITY …, AGGREGATE. */
function skipOptions(words: TokenCursor): void {
  for (;;) {
    if (words.take('AGGREGATE')) continue;
    if (words.take('SQL', 'SECURITY')) words.at++;
    else if (words.take('ALGORITHM')) {
      words.takeSign('=');
      words.at++;
    } else if (words.take('DEFINER')) skipAccount(words);
    else return;
  }
}

function skipAccount(words: TokenCursor): void {
  words.takeSign('=');
  words.at++;
  if (words.takeSign('@')) words.at++;
  else if (words.takeSign('(')) words.takeSign(')');
}

function isOfNoTable(words: TokenCursor): boolean {
  const token = words.tokens[words.at];
  return token?.kind === 'word' && withoutTables.has(token.value.toUpperCase());
}

function readCreateTable(words: TokenCursor, replaces: boolean, cut: boolean): Definition | undefined {
  const isIfMissing = ifMissing(words);
  const table = words.table();
  if (!table) return undefined;
  const rest = words.tokens.slice(words.at);
  const like = likeOf(words);
  const made = { verb: 'create table', table, replaces, ifMissing: isIfMissing, like } as const;
  const named = [table, ...(like ? [like] : referencedTables(rest))];
  return { ...made, named, gap: like ? null : gapOfCreate(rest, cut) };
}

function likeOf(words: TokenCursor): NamedTable | null {
  words.takeSign('(');
  return (words.take('LIKE') && words.table()) || null;
}

function gapOfCreate(tokens: readonly SqlToken[], cut: boolean): string | null {
  if (cut) return cutText;
  const selects = tokens.some(
    (token, n) => isWord(token, 'SELECT') || (isWord(token, 'VALUES') && tokens[n + 1]?.value === '('),
  );
  if (selects) return 'its rows were logged as the text of a query';
  const draws = tokens.some(
    (token, n) => isWord(token, 'NEXTVAL') || (isWord(token, 'NEXT') && isWord(tokens[n + 1], 'VALUE')),
  );
  if (draws) return 'it takes values from a sequence';
  return addsActions(tokens) ? actingKey : null;
}

function readTrigger(words: TokenCursor, replaces: boolean, cut: boolean): Definition | undefined {
  ifMissing(words);
  const trigger = words.table();
  while (!words.ended && !words.is('ON')) words.at++;
  words.take('ON');
  const table = words.table();
  // Cut texts too: what a trigger is for stands before what it does.
  if (!trigger || !table) return cut ? undefined : { verb: 'unknown' };
  return { verb: 'create trigger', trigger, table, replaces };
}

/** CREATE [ONLINE] [UNIQUE | FULLTEXT | SPATIAL] INDEX … ON t, DROP INDEX … ON t: each is an ALTER TABLE. */
function readIndex(words: TokenCursor, cut: boolean, verb: 'CREATE' | 'DROP'): Definition | undefined {
  const before = ['ONLINE', 'OFFLINE', 'UNIQUE', 'FULLTEXT', 'SPATIAL'];
  while (verb === 'CREATE' && before.some((word) => words.take(word)));
  if (!words.take('INDEX')) return undefined;
  ifMissing(words);
  words.name();
  while (!words.ended && !words.is('ON')) words.at++;
  words.take('ON');
  const table = words.table();
  if (!table) return undefined;
  const gap = cut ? cutText : null;
  return { verb: 'alter table', table, renamedTo: null, doubt: null, others: [], named: [table], gap };
}

function readAlter(words: TokenCursor, cut: boolean): Definition | undefined {
  words.take('ONLINE') || words.take('OFFLINE');
  const ignores = words.take('IGNORE');
  if (words.take('TABLE')) {
    ifMissing(words);
    const table = words.table();
    if (!table) return undefined;
    skipWait(words);
    const specs = new AlterSpecs(words.tokens.slice(words.at));
    const doubt = ignores
      ? { reason: 'it leaves out rows that clash, and the log does not tell which', definition: 'run' as const }
      : specs.doubt;
    const { renamedTo, others } = specs;
    const named = [table, ...specs.named, ...others.map((other) => other.table)];
    return { verb: 'alter table', table, renamedTo, others, doubt, named, gap: cut ? cutText : specs.gap };
  }
  if (words.take('DATABASE') || words.take('SCHEMA')) {
    const named = words.is('UPGRADE') ? undefined : words.at;
    const token = words.tokens[words.at];
    const isOption = ['CHARACTER', 'CHARSET', 'COLLATE', 'DEFAULT', 'COMMENT', 'READ'].some((word) => words.is(word));
    if (named === undefined || !token) return { verb: 'no table' };
    if (isOption && token.kind === 'word')
      return { verb: 'database options', database: null, optionsStart: words.place };
    words.at++;
    return { verb: 'database options', database: token.value, optionsStart: words.place };
  }
  if (words.take('SEQUENCE')) return { verb: 'no table' };
  skipOptions(words);
  return isOfNoTable(words) ? { verb: 'no table' } : undefined;
}

/** WAIT 5, NOWAIT. */
function skipWait(words: TokenCursor): void {
  if (words.take('WAIT')) words.at++;
  else words.take('NOWAIT');
}

function readDrop(words: TokenCursor, cut: boolean): Definition | undefined {
  if (words.take('TEMPORARY')) return { verb: 'no table' };
  if (words.take('TABLES') || words.take('TABLE')) {
    ifMissing(words);
    const tables = readList(words, () => words.table());
    return tables && !cut ? { verb: 'drop table', tables } : undefined;
  }
  if (words.take('SEQUENCE')) return { verb: 'no table' };
  if (words.take('DATABASE') || words.take('SCHEMA')) {
    ifMissing(words);
    const name = words.name();
    return name && { verb: 'drop database', database: name.value };
  }
  if (words.take('TRIGGER')) {
    ifMissing(words);
    const trigger = words.table();
    return trigger && { verb: 'drop trigger', trigger };
  }
  return isOfNoTable(words) ? { verb: 'no table' } : readIndex(words, cut, 'DROP');
}

function readRename(words: TokenCursor, cut: boolean): Definition | undefined {
  if (words.is('USER') || words.is('ROLE')) return { verb: 'no table' };
  if (!words.take('TABLE') && !words.take('TABLES')) return undefined;
  const ifThere = ifMissing(words);
  const pairs = readList(words, () => {
    const from = words.table();
    skipWait(words);
    words.take('TO');
    const to = words.table();
    return from && to && { from, to };
  });
  return pairs && !cut ? { verb: 'rename table', pairs, ifThere } : undefined;
}

/** undefined: one of them could not be read. */
function readList<T>(words: TokenCursor, one: () => T | undefined): T[] | undefined {
  const list: T[] = [];
  do {
    const read = one();
    if (!read) return undefined;
    list.push(read);
  } while (words.takeSign(','));
  return list;
}
