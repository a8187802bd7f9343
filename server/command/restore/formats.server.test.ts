import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatsFolder, keptFormats, recordedTables, recordFormat, restoreFormat } from './formats-fixture.ts';

it.each(keptFormats())('a repository written as %s is read and restored, every value as it was', async (name) => {
  const { was, is } = await restoreFormat(join(formatsFolder, name));
  expect(was.size).toBeGreaterThan(0);
  expect(is).toEqual(was);
});

it('what is written today can be kept like that: it is read and restored, every value as it was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-format-'));
  try {
    await recordFormat(join(folder, 'today'));
    const { was, is } = await restoreFormat(join(folder, 'today'));
    expect([...was.keys()].sort()).toEqual(recordedTables().sort());
    expect(is).toEqual(was);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
