import { expect, test } from 'vitest';
import { backupStates } from '#components/backup/backup-words.ts';

const good = { removedAt: null, failedCount: 0, cutProven: true, verifiedAt: null, verifyResult: null };

test('a backup that lacks anything never reads as good', () => {
  expect(backupStates(good)).toEqual([{ word: 'Published', state: 'ok' }]);
  const damaged = {
    ...good,
    verifiedAt: new Date(),
    verifyResult: { damaged: [{ key: 'k', problem: 'p', tables: [] }] },
  };
  for (const bad of [damaged, { ...good, failedCount: 1 }, { ...good, cutProven: false }]) {
    expect(backupStates(bad).some(({ state }) => state === 'ok')).toBe(false);
  }
});
