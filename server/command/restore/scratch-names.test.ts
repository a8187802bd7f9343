import { expect, test } from 'vitest';
import { scratchNames } from './scratch-names.ts';

const place = (from: string, to: string) => {
  const at = (text: string) => {
    const [node, database, table] = text.split('/') as [string, string, string];
    return { node, database, table, partition: null };
  };
  return { source: at(from), target: at(to) };
};

test('fragments share a scratch database only where neither tables nor keys can clash', () => {
  const nameOf = scratchNames('a');
  const first = nameOf(place('s1/d/t', 's1/d/t_restored'));
  expect(first).toBe('tidemark_a_1');
  expect(nameOf(place('s1/d/u', 's1/d/u_restored'))).toBe(first);
  const others = [
    place('s2/d/v', 's1/d/v'), // another shard may use the same names
    place('s1/e/w', 's1/d/w'),
    place('s1/d/x', 's1/e/x'),
    place('s1/d/T', 's1/d/other'), // a server may not tell it from t
    place('s1/d/t', 's1/d/third'),
  ].map(nameOf);
  expect(new Set([first, ...others]).size).toBe(6);
  expect(nameOf(place('s1/d/y', 's1/d/y'))).toBe(first);
});
