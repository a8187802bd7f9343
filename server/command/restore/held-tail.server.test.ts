import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TidemarkError } from '#server/base/error.ts';
import { logPieceKey, logSegmentKey } from '#server/manifest/log-keys.ts';
import type { LogIndex } from '#server/manifest/log-schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage } from '#server/storage/open.ts';
import { holdTail } from './held-tail.ts';
import type { NodeLogs } from './node-logs.ts';
import { againWhenSealed } from './when-sealed.ts';

const never = new AbortController().signal;
const segment = logSegmentKey('stream', 0, 'writer');
const pieces = [logPieceKey('stream', 1, 0), logPieceKey('stream', 1, 1)];
const index = {} as LogIndex;
let folder: string;
let storage: Storage;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-held-tail-'));
  storage = await openStorage({ kind: 'fs', path: join(folder, 'store') });
  for (const key of [segment, ...pieces]) await storage.write(key, Buffer.from(`bytes of ${key}`));
});
afterEach(async () => {
  await storage.close();
  rmSync(folder, { recursive: true, force: true });
});

const logs = (): NodeLogs => ({
  logs: [
    {
      ...{ node: 's1', bases: [], prepared: [], untilMs: 0, ends: '' },
      log: [segment, ...pieces].map((key) => ({ storage, key, index })),
    },
  ],
  spotOf: () => null,
});

test('pieces of the tail can be read after the archive has removed them, segments where they are', async () => {
  const held = await holdTail(logs(), folder, never);
  for (const key of pieces) await storage.remove(key);
  const { log } = held.logs.logs[0]!;
  const read = await Promise.all(log.map((object) => object.storage.readAll(object.key)));
  expect(read.map(String)).toEqual([segment, ...pieces].map((key) => `bytes of ${key}`));
  expect(log.map((object) => object.storage === storage)).toEqual([true, false, false]);
  await held.close();
  expect(readdirSync(folder)).toEqual(['store']);
});

test('a piece that went before it was copied is missing, and nothing is left of the others', async () => {
  await storage.remove(pieces[1]!);
  await expect(holdTail(logs(), folder, never)).rejects.toMatchObject({ code: 'destination/object-missing' });
  expect(readdirSync(folder)).toEqual(['store']);
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
