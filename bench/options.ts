import { parseArgs } from 'node:util';
import { TidemarkError } from '#server/base/error.ts';
import { exactSize, parseSize } from '#server/base/units.ts';
import { type MysqlRowName, mysqlRowNames } from './mysql/rows.ts';
import { type PitrRowName, pitrRowNames } from './pitr/rows.ts';

interface OptionsOf<Row extends string> {
  /** One JSON document on stdout and nothing else there. */
  json: boolean;
  rounds: number;
  /**
   * mysql: the large table is at least this big, as DATA_LENGTH counts: rows without secondary indexes. pitr: so much
   * log is written.
   */
  sizeBytes: number;
  only: readonly Row[];
}

export interface MysqlOptions extends OptionsOf<MysqlRowName> {
  suite: 'mysql';
  /** How many small tables, of 100 rows each. */
  tables: number;
}

export interface PitrOptions extends OptionsOf<PitrRowName> {
  suite: 'pitr';
}

export type BenchOptions = MysqlOptions | PitrOptions;
/** Somebody asks what there is. */
export interface HelpWanted {
  suite: 'help';
}

const usage =
  'Use: npm run bench -- mysql [--json] [--rounds 3] [--size 2GiB] [--tables 5000] [--only dump-vs-zstd,verify], or ' +
  'npm run bench -- pitr [--json] [--rounds 3] [--size 1536MiB] [--only catch-up-10]';
/** What `--help` says. */
export const helpText = `Measures Tidemark against other tools, in turns, on one machine.

  npm run bench -- mysql   backup and restore against mydumper and myloader
  npm run bench -- pitr    a restore to an instant against myloader and mariadb-binlog

  --rounds N     how often each is measured; the median counts (default 3)
  --size SIZE    mysql: how large the large table is at least (default 2GiB); pitr: how much log is written (default 1536MiB)
  --tables N     mysql: how many small tables of 100 rows there are (default 5000)
  --only ROWS    some of the rows alone, with commas between them
                 mysql: ${mysqlRowNames.join(', ')}
                 pitr: ${pitrRowNames.join(', ')}
  --json         one JSON document on standard output and nothing else there
  --help         this text
`;
const later = ['postgres'];
const mebibyte = 1_048_576;

/** Errors: `input/invalid`, always with the usage. */
export function readOptions(args: readonly string[]): BenchOptions | HelpWanted {
  const { values, positionals } = parsed(args);
  if (values.help) return { suite: 'help' };
  const [suite, ...more] = positionals;
  if (suite === undefined || more.length > 0) throw usageError('exactly one benchmark is to be named');
  if (later.includes(suite)) throw usageError(`the benchmark ${suite} is not there yet`);
  const common = { json: values.json, rounds: wholeNumber('--rounds', values.rounds, 1, 100) };
  if (suite === 'mysql') {
    const tables = wholeNumber('--tables', values.tables ?? '5000', 1, 100_000);
    const only = rowNames(mysqlRowNames, values.only);
    return { suite, ...common, sizeBytes: size(values.size ?? '2GiB'), tables, only };
  }
  if (suite !== 'pitr') throw usageError(`"${suite}" is not a benchmark`);
  if (values.tables !== undefined) throw usageError('--tables is for the benchmark mysql; pitr has 20');
  return { suite, ...common, sizeBytes: size(values.size ?? '1536MiB'), only: rowNames(pitrRowNames, values.only) };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        json: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '3' },
        size: { type: 'string' },
        tables: { type: 'string' },
        only: { type: 'string' },
      },
    });
  } catch (error) {
    throw usageError((error as Error).message);
  }
}

function size(text: string): number {
  const range = { min: mebibyte, max: 1_048_576 * mebibyte };
  try {
    return parseSize(text, range);
  } catch {
    throw usageError(
      `--size ${text} is not a size from ${exactSize(range.min)} to ${exactSize(range.max)}, such as 2GiB`,
    );
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) throw usageError(`${name} takes ${min} to ${max}`);
  return value;
}

function rowNames<Row extends string>(all: readonly Row[], text: string | undefined): readonly Row[] {
  if (text === undefined) return all;
  const wanted = text.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !all.some((known) => known === name));
  if (unknown !== undefined) throw usageError(`"${unknown}" is not a row; rows are ${all.join(', ')}`);
  return all.filter((name) => wanted.includes(name));
}

const usageError = (message: string) => new TidemarkError('input/invalid', message, { hint: usage });
