import { readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type OpenedForTest, storageContract } from '../contract-suite.ts';
import { openStorage } from '../open.ts';
import { openFsStorage } from './open.ts';

const code = (name: string) => expect.objectContaining({ code: name });

async function open(): Promise<OpenedForTest> {
  const path = await mkdtemp(join(tmpdir(), 'tidemark-fs-'));
  return {
    storage: await openStorage({ kind: 'fs', path }),
    leftovers: () => readdir(path, { recursive: true }),
    close: () => rm(path, { recursive: true }),
  };
}

storageContract('fs', open);

it('the folder of a destination is made when absent, and holds nothing but the objects', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'tidemark-fs-'));
  const storage = await openFsStorage({ path: join(parent, 'deep/er/') });
  await storage.write('a/b/c', Buffer.from('x'));
  await storage.remove('a/b/c');
  expect(readdirSync(join(parent, 'deep/er'), { recursive: true })).toEqual(['.tmp']);
  await rm(parent, { recursive: true });
});

it('temporaries of crashed writers are removed after a day, those of living ones stay', async () => {
  const path = await mkdtemp(join(tmpdir(), 'tidemark-fs-'));
  await mkdir(join(path, '.tmp'));
  for (const name of ['old.part', 'new.part']) await writeFile(join(path, '.tmp', name), 'x');
  const yesterday = new Date(Date.now() - 25 * 3_600_000);
  await utimes(join(path, '.tmp/old.part'), yesterday, yesterday);
  await openFsStorage({ path });
  expect(await readdir(join(path, '.tmp'))).toEqual(['new.part']);
  await rm(path, { recursive: true });
});

it('a path that is no folder, or not absolute, is refused by name', async () => {
  const path = await mkdtemp(join(tmpdir(), 'tidemark-fs-'));
  await writeFile(join(path, 'file'), 'x');
  await expect(openFsStorage({ path: join(path, 'file') })).rejects.toEqual(code('destination/unwritable'));
  await expect(openFsStorage({ path: join(path, 'file/below') })).rejects.toEqual(code('destination/unwritable'));
  await expect(openFsStorage({ path: 'relative' })).rejects.toEqual(code('input/invalid'));
  await rm(path, { recursive: true });
});

it.each(['/proc/backups', '/proc', '/sys/x', '/dev/x', '//proc/../proc/x', '/srv/../dev/null'])(
  'a folder of the kernel (%s) is refused by name, and nothing waits for it',
  async (path) => {
    await expect(openFsStorage({ path })).rejects.toMatchObject({
      code: 'destination/unwritable',
      message: expect.stringContaining('kernel'),
    });
  },
  5_000,
);

it.skipIf(process.getuid?.() === 0)('a folder without permission is unwritable, and named', async () => {
  const path = await mkdtemp(join(tmpdir(), 'tidemark-fs-'));
  const storage = await openFsStorage({ path });
  await chmod(path, 0o500);
  await expect(storage.write('x', Buffer.from('x'))).rejects.toEqual(code('destination/unwritable'));
  await chmod(path, 0o700);
  await rm(path, { recursive: true });
});
