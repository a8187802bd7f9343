import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TidemarkError } from '#server/base/error.ts';
import type { NodeCut } from '#server/engine/mysql/log-cut/log-cut.ts';
import { logPieceKey, logSegmentKey } from '#server/manifest/log-keys.ts';
import type { LogIndex } from '#server/manifest/log-schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import { mayMount, onTmpfs } from '#server/storage/fs/tmpfs-fixture.ts';
import { openStorage } from '#server/storage/open.ts';
import { holdTail, tailsIn } from './held-tail.ts';
import type { PointCut } from './point-cut.ts';
import { againWhenSealed } from './when-sealed.ts';

const never = new AbortController().signal;
const segment = logSegmentKey('stream', 0, 'writer');
const pieces = [logPieceKey('stream', 1, 0), logPieceKey('stream', 1, 1)];
const keys = [segment, ...pieces];
let folder: string;
let storage: Storage;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-held-tail-'));
  storage = await openStorage({ kind: 'fs', path: join(folder, 'store') });
  for (const key of keys) await storage.write(key, Buffer.from(`bytes of ${key}`));
});
afterEach(async () => {
  await storage.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The cut through the log of s1 reads segments `begin` to `end`; null: nobody wants its rows. */
function found(begin: number | null = 0, end = 1): PointCut {
  const spot = (sequence: number) => ({ sequence, file: 'binlog.000001', position: 4 });
  const node: NodeCut = {
    ...{ node: 's1', begin: begin === null ? null : spot(begin), end: spot(end) },
    ...{ stopsAt: null, includes: () => true, late: [] },
  };
  const log = keys.map((key, n) => ({ storage, key, index: indexOf(Math.min(n, 1)) }));
  return {
    cut: { atMs: 0, nodes: new Map([['s1', node]]), inDoubt: [], missing: [], resolution: { ms: 0, why: '' } },
    logs: { logs: [{ node: 's1', bases: [], prepared: [], untilMs: 0, ends: '', log }], spotOf: () => null },
  };
}
const indexOf = (sequence: number) => ({ summary: { sequence } }) as LogIndex;

const hold = (cut = found(), scratchFolder = folder) => holdTail(cut, { scratchFolder, attemptId: 'a1' }, never);

test('pieces of the tail can be read after the archive has removed them, segments where they are', async () => {
  const held = await hold();
  expect(await tailsIn(folder)).toEqual(['a1']);
  for (const key of pieces) await storage.remove(key);
  const { log } = held.logs.logs[0]!;
  const read = await Promise.all(log.map((object) => object.storage.readAll(object.key)));
  expect(read.map(String)).toEqual(keys.map((key) => `bytes of ${key}`));
  expect(log.map((object) => object.storage === storage)).toEqual([true, false, false]);
  await held.close();
  expect(readdirSync(folder)).toEqual(['store']);
});

test('a piece that went before it was copied is missing, and nothing is left of the others', async () => {
  await storage.remove(pieces[1]!);
  await expect(hold()).rejects.toMatchObject({ code: 'destination/object-missing' });
  expect(readdirSync(folder)).toEqual(['store']);
});

test.each([
  ['behind the cut', () => found(0, 0)],
  ['of a node whose rows nobody wants', () => found(null)],
  ['of a node that the cut does not name', () => ({ ...found(), cut: { ...found().cut, nodes: new Map() } })],
])('a tail %s is not copied', async (_, cut) => {
  for (const key of pieces) await storage.remove(key);
  const held = await hold(cut());
  expect(readdirSync(folder)).toEqual(['store']);
  expect(held.logs.logs[0]!.log.map((object) => object.storage === storage)).toEqual([true, true, true]);
  await held.close();
});

test('what is wrong with the scratch folder is told of it, and not of the destination', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expect(hold(found(), file)).rejects.toMatchObject({ code: 'scratch/unusable', context: { folder: file } });
  await expect(tailsIn(file)).rejects.toMatchObject({ code: 'scratch/unusable' });
  expect(await tailsIn(join(folder, 'absent'))).toEqual([]);
});

test.runIf(mayMount())('a scratch folder that is full is told as full, and nothing stays there', async () => {
  await onTmpfs('size=64k', async (path) => {
    await storage.remove(pieces[0]!);
    await storage.write(pieces[0]!, Buffer.alloc(1024 * 1024));
    const message = `the scratch folder ${path} is full`;
    await expect(hold(found(), path)).rejects.toMatchObject({ code: 'scratch/unusable', message });
    expect(readdirSync(path)).toEqual([]);
  });
});

test('what was listed is listed again where some of it has gone meanwhile, three times at most', async () => {
  const gone = (times: number) => {
    let asked = 0;
    return async (isLast: boolean) => {
      asked += 1;
      expect(isLast).toBe(asked === 3);
      if (asked <= times) throw new TidemarkError('destination/object-missing', `gone ${asked}`);
      return asked;
    };
  };
  expect(await againWhenSealed(gone(2))).toBe(3);
  await expect(againWhenSealed(gone(3))).rejects.toThrow('gone 3');
  await expect(againWhenSealed(() => Promise.reject(new Error('other')))).rejects.toThrow('other');
});
