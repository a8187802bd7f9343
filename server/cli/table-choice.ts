import { formatTableName, parseTableName } from '#server/contract/table-name.ts';
import { readOwnFile } from './own-file.ts';
import { usageError } from './usage-error.ts';

export interface TableChoice {
  source: string;
  /** null = the automatic name. */
  target: string | null;
}

/** How table names of the two clusters look: see namePartsOf. */
interface NameParts {
  source: 2 | 3;
  target: 2 | 3;
}

/** `SRC` or `SRC=DST`, cut at the first `=` outside of double quotes. Errors: usage, when a side is empty. */
export function splitMapping(text: string): TableChoice {
  const at = equalsSign(text);
  if (at < 0) return { source: text, target: null };
  const [source, target] = [text.slice(0, at), text.slice(at + 1)];
  if (source === '' || target === '') {
    throw usageError(
      `--table "${text}" lacks a name beside =`,
      'Write SRC or SRC=DST; put a part that holds = in double quotes.',
    );
  }
  return { source, target };
}

/** As in a table name, a quote opens only where a part begins, and is doubled inside. */
function equalsSign(text: string): number {
  let quoted = false;
  let partBegins = true;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (quoted) {
      if (letter === '"' && text[at + 1] === '"') at++;
      else if (letter === '"') quoted = false;
    } else if (letter === '=') return at;
    else if (letter === '"' && partBegins) quoted = true;
    partBegins = !quoted && letter === '.';
  }
  return -1;
}

/** A name a line; blank lines and lines that begin with `#` are left out. */
export function readNames(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/**
 * The tables of a restore, from `--table`, `--table-list` and `--restore-target-list`, in that order, their names in the
 * one form everything else uses. Errors: usage, for names that are none, lists of unequal length, and a table named twice.
 */
export function chooseTables(
  options: { table?: readonly string[]; tableList?: string; restoreTargetList?: string },
  parts: NameParts,
  readText: (path: string) => string = readNamesFile,
): TableChoice[] {
  const chosen = (options.table ?? []).map(splitMapping);
  if (options.tableList !== undefined) {
    const sources = readNames(readText(options.tableList));
    const targets = options.restoreTargetList === undefined ? null : readNames(readText(options.restoreTargetList));
    if (targets && targets.length !== sources.length) {
      throw usageError(
        `${options.tableList} names ${sources.length} tables, ${options.restoreTargetList} ${targets.length}`,
        'Give one target a line, in the order of the table list.',
      );
    }
    chosen.push(...sources.map((source, at) => ({ source, target: targets?.[at] ?? null })));
  } else if (options.restoreTargetList !== undefined) {
    throw usageError('--restore-target-list is given without --table-list', 'Name the tables of these targets too.');
  }
  if (chosen.length === 0) throw usageError('no table is named', 'Give --table SRC[=DST] or --table-list FILE.');
  const tables = chosen.map(({ source, target }) => ({
    source: canonicalName(source, parts.source),
    target: target === null ? null : canonicalName(target, parts.target),
  }));
  refuseTwice(tables);
  return tables;
}

/** The form in which names are compared: quotes only where they are needed. */
export const canonicalName = (text: string, parts: 2 | 3): string => formatTableName(parseTableName(text, parts));

function refuseTwice(tables: readonly TableChoice[]): void {
  const seen = new Set<string>();
  for (const { source } of tables) {
    if (seen.has(source)) throw usageError(`${source} is named twice`, 'Name each table once.');
    seen.add(source);
  }
}

const readNamesFile = (path: string) => readOwnFile(path, 'a list of tables');
