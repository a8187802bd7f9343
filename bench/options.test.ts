import { expect, test } from 'vitest';
import { mysqlRowNames } from './mysql/rows.ts';
import { helpText, readOptions } from './options.ts';
import { pitrRowNames } from './pitr/rows.ts';

test('the benchmark alone means all rows, three rounds, two gibibytes and 5,000 small tables, as a table for people', () => {
  expect(readOptions(['mysql'])).toEqual({
    suite: 'mysql',
    json: false,
    rounds: 3,
    sizeBytes: 2 * 1024 ** 3,
    tables: 5_000,
    only: mysqlRowNames,
  });
});

test('size, rounds, tables and rows can be chosen; rows come in their own order', () => {
  const args = [
    'mysql',
    '--json',
    '--rounds',
    '1',
    '--size',
    '64MiB',
    '--tables',
    '20',
    '--only',
    'verify,dump-vs-zstd',
  ];
  expect(readOptions(args)).toEqual({
    suite: 'mysql',
    json: true,
    rounds: 1,
    sizeBytes: 64 * 1024 ** 2,
    tables: 20,
    only: ['dump-vs-zstd', 'verify'],
  });
});

test('the one of restores to an instant writes a gibibyte and a half of log', () => {
  expect(readOptions(['pitr'])).toEqual({
    suite: 'pitr',
    json: false,
    rounds: 3,
    sizeBytes: 1.5 * 1024 ** 3,
    only: pitrRowNames,
  });
});

test.each([
  [[], /exactly one/],
  [['mysql', 'pitr'], /exactly one/],
  [['pitr', '--tables', '5'], /--tables is for the benchmark mysql/],
  [['pitr', '--only', 'verify'], /"verify" is not a row; rows are catch-up-5/],
  [['postgres'], /postgres is not there yet/],
  [['oracle'], /"oracle" is not a benchmark/],
  [['mysql', '--rounds', '0'], /--rounds takes 1 to 100/],
  [['mysql', '--size', '2'], /--size 2 is not a size/],
  [['mysql', '--size', '1KiB'], /from 1MiB/],
  [['mysql', '--only', 'dump'], /"dump" is not a row; rows are dump-vs-gzip/],
  [['mysql', '--fast'], /--fast/],
])('%j is refused, with what there is', (args, message) => {
  expect(() => readOptions(args)).toThrow(
    expect.objectContaining({
      code: 'input/invalid',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('npm run bench -- mysql'),
    }),
  );
});

test('who asks for help gets it, whatever else is said, and it names every row and option', () => {
  for (const args of [['--help'], ['-h'], ['mysql', '--help'], ['oracle', '--help']]) {
    expect(readOptions(args)).toEqual({ suite: 'help' });
  }
  for (const word of [...mysqlRowNames, ...pitrRowNames, '--json', '--rounds', '--size', '--tables', '--only']) {
    expect(helpText).toContain(word);
  }
});
