import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { storageStaysFlat } from '../contract-suite.ts';
import { openFsStorage } from './open.ts';
import { mayMount, onTmpfs, runProgram } from './tmpfs-fixture.ts';

const code = (name: string) => expect.objectContaining({ code: name });

storageStaysFlat('fs', async () => {
  const path = await mkdtemp(join(tmpdir(), 'tidemark-fs-'));
  return {
    storage: await openFsStorage({ path }),
    leftovers: () => readdir(path, { recursive: true }),
    close: () => rm(path, { recursive: true }),
  };
});

// Only root may mount; without it these two promises are kept by the error mapping alone.
describe.skipIf(!mayMount())('on a file system of 8 MiB', () => {
  it('a write that fills it leaves nothing, and says that it is full', async () => {
    await onTmpfs('size=8m', async (path) => {
      const storage = await openFsStorage({ path });
      const endless = (async function* () {
        while (true) yield Buffer.alloc(1 << 20, 1);
      })();
      await expect(storage.write('a/large', endless)).rejects.toEqual(code('destination/full'));
      expect((await readdir(path, { recursive: true })).filter((name) => name !== '.tmp')).toEqual([]);
      expect(await storage.freeBytes()).toBeGreaterThan(7 * 1024 ** 2);
      await storage.write('a/small', Buffer.from('fits'));
    });
  });

  it('a write to one that is read-only leaves nothing, and says that it cannot be written', async () => {
    await onTmpfs('size=8m', async (path) => {
      const storage = await openFsStorage({ path });
      runProgram('mount', ['-o', 'remount,ro', path]);
      await expect(storage.write('a/x', Buffer.from('x'))).rejects.toEqual(code('destination/unwritable'));
      await expect(storage.remove('a/x')).resolves.toBeUndefined();
      expect(await readdir(path)).toEqual([]);
    });
  });
});
