import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withPackageLock } from './package-lock.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-lock-'));
  path = join(folder, 'lock');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('two installers never work at the same time, and both get their turn', async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setImmediate(resolve));
    inside -= 1;
  };
  await Promise.all([withPackageLock(work, { path }), withPackageLock(work, { path })]);
  expect(most).toBe(1);
  expect(existsSync(path)).toBe(false);
});

test('the lock of an installer that is gone is taken over', async () => {
  const gone = spawnSync('/bin/true').pid;
  writeFileSync(path, String(gone));
  await expect(withPackageLock(async () => 'done', { path })).resolves.toBe('done');
});

test('the lock is given back when the work fails', async () => {
  const failing = withPackageLock(() => Promise.reject(new Error('no')), { path });
  await expect(failing).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});
