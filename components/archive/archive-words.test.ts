import { expect, test } from 'vitest';
import { archiveWords, lagText, streamWords } from './archive-words.ts';

test('an archive that follows far behind is not called well', () => {
  expect(streamWords({ state: 'following', lagMs: 1_200 })).toEqual({ word: 'Following', state: 'ok' });
  expect(streamWords({ state: 'following', lagMs: null })).toEqual({ word: 'Following', state: 'ok' });
  expect(streamWords({ state: 'following', lagMs: 60_000 })).toEqual({ word: 'Lagging', state: 'warn' });
});

test('an archive is as well as its worst node', () => {
  const well = { state: 'following', lagMs: 0 } as const;
  expect(archiveWords([])).toBeNull();
  expect(archiveWords([well, { state: 'paused', lagMs: 5 }, { state: 'starting', lagMs: null }])?.word).toBe('Paused');
  expect(archiveWords([well, { state: 'failed', lagMs: 5 }, { state: 'paused', lagMs: 5 }])?.word).toBe('Failing');
  expect(archiveWords([well])?.word).toBe('Following');
});

test('a lag is rounded up, and grows while nothing is heard', () => {
  expect(lagText(null, 0)).toBe('–');
  expect(lagText(400, 0)).toBe('1 s');
  expect(lagText(400, 5_000)).toBe('6 s');
  expect(lagText(400, -5_000)).toBe('1 s');
});
