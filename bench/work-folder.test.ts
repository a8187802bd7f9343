import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeWorkFolder } from './work-folder.ts';

const parent = mkdtempSync(join(tmpdir(), 'tidemark-bench-parent-'));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

test('where the space is too small nothing is made, and what is needed and what is there are said', () => {
  expect(() => makeWorkFolder({ sizeBytes: 2 ** 50, tables: 1 }, parent)).toThrow(
    expect.objectContaining({
      code: 'destination/full',
      message: expect.stringMatching(/ has \S+ \w?B free, and this benchmark needs \S+ \w?B$/),
    }),
  );
  expect(readdirSync(parent)).toEqual([]);
});

test('the folder lies where it was asked for, and others can pass through but not look around', () => {
  const folder = makeWorkFolder({ sizeBytes: 2 ** 20, tables: 1 }, parent);
  expect(dirname(folder)).toBe(parent);
  expect(existsSync(folder)).toBe(true);
  expect(statSync(folder).mode & 0o777).toBe(0o711);
});
