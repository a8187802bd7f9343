import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mayMount, onTmpfs } from '#server/storage/fs/tmpfs-fixture.ts';
import { openStorage } from '#server/storage/open.ts';
import { ChunkOfRows } from './packed-chunk-fixture.ts';
import { readChunk } from './segment-reader.ts';
import { openSegmentWriter } from './segment-writer.ts';

it('one chunk of 400 MB is written and read through flat memory', async () => {
  const path = await mkdtemp(join(tmpdir(), 'tidemark-segment-'));
  const storage = await openStorage({ kind: 'fs', path });
  const rows = rowsLike(1 << 18);
  const before = process.memoryUsage().rss;
  let peak = 0;
  const sample = () => {
    peak = Math.max(peak, process.memoryUsage().rss - before);
  };
  const writer = openSegmentWriter({ storage, attemptId: '01jabcdefghjkmnpqrstvwxyz0', nextOrdinal: () => 0 });
  const chunk = new ChunkOfRows(writer);
  const writeStart = performance.now();
  for (let n = 0; n < 1600; n++) {
    rows.writeUInt32LE(n, 0);
    await chunk.write(rows);
    sample();
  }
  const stored = await chunk.finish();
  await writer.close();
  const readStart = performance.now();
  let bytes = 0;
  for await (const piece of readChunk(storage, stored)) {
    bytes += piece.length;
    sample();
  }
  const rate = (from: number, to: number) => `${Math.round(bytes / 1e3 / (to - from))} MB/s`;
  console.info(`write ${rate(writeStart, readStart)}, read ${rate(readStart, performance.now())}, +${peak >> 20} MiB`);
  expect(bytes).toBe(stored.rawBytes);
  expect(peak).toBeLessThan(100 * 1024 ** 2);
  await rm(path, { recursive: true });
});

// Only root may mount a small file system.
it.skipIf(!mayMount())('a destination that fills up stops the writer, and abort leaves no object of it', async () => {
  await onTmpfs('size=8m', async (path) => {
    const storage = await openStorage({ kind: 'fs', path });
    let ordinal = 0;
    const writer = openSegmentWriter({
      storage,
      attemptId: '01jabcdefghjkmnpqrstvwxyz0',
      nextOrdinal: () => ordinal++,
      maxBytes: 2_000_000,
    });
    const filling = (async () => {
      while (true) {
        const chunk = new ChunkOfRows(writer);
        for (let n = 0; n < 3; n++) await chunk.write(randomBytes(500_000));
        await chunk.finish();
      }
    })();
    await expect(filling).rejects.toEqual(expect.objectContaining({ code: 'destination/full' }));
    expect(ordinal).toBeGreaterThan(1);
    await writer.abort();
    expect(await readdir(path, { recursive: true })).toEqual(['.tmp']);
  });
});

function rowsLike(bytes: number): Buffer {
  const rows: string[] = [];
  for (let n = 0; rows.length * 60 < bytes * 1.2; n++) {
    rows.push(
      `${n}\towner-${(n * 7919) % 100003}\t${((n * 104729) % 1e7) / 100}\tactive\t2026-11-20 10:15:${n % 60}\tmemo ${(n * 2654435761) % 2 ** 32}\n`,
    );
  }
  return Buffer.from(rows.join('')).subarray(0, bytes);
}
