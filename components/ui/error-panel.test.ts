import { expect, test } from 'vitest';
import { sentence } from '#components/ui/error-panel.tsx';

test('a message alone is a sentence', () => {
  expect(sentence('no executor took the question within 10 s')).toBe('No executor took the question within 10 s.');
  expect(sentence('is it there?')).toBe('Is it there?');
});

test('a name at the beginning is left as it is written', () => {
  expect(sentence('shop_legacy.rates uses the engine Aria')).toBe('shop_legacy.rates uses the engine Aria.');
  expect(sentence('postgres.public.t: 3 rows')).toBe('postgres.public.t: 3 rows.');
});
