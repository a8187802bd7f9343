import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram, wantsJson } from './program.ts';

test('--json is heard wherever it stands, but not behind --', () => {
  expect(wantsJson(['--json', 'cluster', 'list'])).toBe(true);
  expect(wantsJson(['cluster', 'list', '--json'])).toBe(true);
  expect(wantsJson(['cluster', 'show', '--', '--json'])).toBe(false);
});

test('every command of the contract exists', () => {
  const program = createProgram(() => async () => {});
  const names = program.commands.flatMap((noun) => noun.commands.map((verb) => `${noun.name()} ${verb.name()}`));
  expect(names).toEqual([
    'cluster add',
    'cluster list',
    'cluster show',
    'cluster check',
    'cluster remove',
    'cluster replicas',
    'cluster credentials',
    'table list',
    'destination add',
    'destination list',
    'destination remove',
    'backup run',
    'backup list',
    'backup show',
    'backup verify',
    'backup remove',
    'archive start',
    'archive stop',
    'archive status',
    'restore plan',
    'restore run',
    'job list',
    'job show',
    'job cancel',
    'job retry',
    'job watch',
  ]);
});

test('no option takes a password', () => {
  const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
  const flags = all(createProgram(() => async () => {})).flatMap((command) =>
    command.options.map(({ flags }) => flags),
  );
  expect(flags.filter((flag) => /passw|secret|token/i.test(flag) && !flag.includes('-env <variable>'))).toEqual([]);
});
