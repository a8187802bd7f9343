import { parseArgs } from 'node:util';
import { TidemarkError } from '#server/base/error.ts';
import { formatSize, parseSize } from '#server/base/units.ts';
import { type MysqlRowName, mysqlRowNames } from './mysql/rows.ts';

export interface BenchOptions {
  /** One JSON document on stdout and nothing else there. */
  json: boolean;
  rounds: number;
  /** The large table is at least this big, as DATA_LENGTH counts: rows without secondary indexes. */
  sizeBytes: number;
  /** How many small tables, of 100 rows each. */
  tables: number;
  only: readonly MysqlRowName[];
}

const usage =
  'Use: npm run bench -- mysql [--json] [--rounds 3] [--size 2GiB] [--tables 5000] [--only dump-vs-zstd,verify]';
const later = ['pitr', 'postgres'];
const mebibyte = 1_048_576;

/** Errors: `input/invalid`, always with the usage. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parsed(args);
  const [suite, ...more] = positionals;
  if (suite === undefined || more.length > 0) throw usageError('exactly one benchmark is to be named');
  if (later.includes(suite)) throw usageError(`the benchmark ${suite} is not there yet`);
  if (suite !== 'mysql') throw usageError(`"${suite}" is not a benchmark`);
  return {
    json: values.json,
    rounds: wholeNumber('--rounds', values.rounds, 1, 100),
    sizeBytes: size(values.size),
    tables: wholeNumber('--tables', values.tables, 1, 100_000),
    only: rowNames(values.only),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        rounds: { type: 'string', default: '3' },
        size: { type: 'string', default: '2GiB' },
        tables: { type: 'string', default: '5000' },
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
      `--size ${text} is not a size from ${formatSize(range.min)} to ${formatSize(range.max)}, such as 2GiB`,
    );
  }
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) throw usageError(`${name} takes ${min} to ${max}`);
  return value;
}

function rowNames(text: string | undefined): readonly MysqlRowName[] {
  if (text === undefined) return mysqlRowNames;
  const wanted = text.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !mysqlRowNames.some((known) => known === name));
  if (unknown !== undefined) throw usageError(`"${unknown}" is not a row; rows are ${mysqlRowNames.join(', ')}`);
  return mysqlRowNames.filter((name) => wanted.includes(name));
}

const usageError = (message: string) => new TidemarkError('input/invalid', message, { hint: usage });
