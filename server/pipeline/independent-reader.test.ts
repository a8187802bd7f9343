import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { xxh3 } from '@node-rs/xxhash';
import { expect, it } from 'vitest';
import { systemClock } from '#server/base/clock.ts';
import { publishManifest } from '#server/manifest/publish.ts';
import { openRepository } from '#server/manifest/repository.ts';
import { sampleManifest, sampleTable } from '#server/manifest/sample-fixture.ts';
import { encodePackedTable, writeTableFile, writeTablePack } from '#server/manifest/write-table.ts';
import { openStorage } from '#server/storage/open.ts';
import { ChunkOfRows } from './packed-chunk-fixture.ts';
import { openSegmentWriter } from './segment-writer.ts';

// Reads a repository as README.txt says, with none of our readers: node:fs, node:zlib and arithmetic.

const column = (name: string, type: number, flags = 0) => ({
  name,
  type,
  flags,
  charset: 63,
  decimals: 0,
  declared: '',
  generated: false,
});
const columns = [
  column('tiny', 1),
  column('year', 13, 32),
  column('int', 3),
  column('big', 8, 32),
  column('double', 5),
  column('date', 10),
  column('datetime', 12),
  column('time', 11),
  column('text', 253),
];
const rows = [
  [
    -5,
    2026,
    -70_000,
    2n ** 64n - 1n,
    0.5,
    [2026, 11, 20, 0, 0, 0, 0],
    [2026, 11, 20, 10, 15, 0, 500_000],
    [1, 34, 22, 59, 59, 0],
    'short',
  ],
  [null, null, 7, 1n, null, [0, 0, 0, 0, 0, 0, 0], null, [0, 0, 0, 0, 0, 0], null],
  [1, 1901, 0, 0n, -1e300, null, [1, 2, 3, 4, 5, 6, 0], null, 'x'.repeat(70_000)],
  [0, 0, 0, 0n, 0, null, null, null, ''],
];
// Rows as README.txt, "ROWS", written down by hand.
const payloads = [
  `00 0000 fb ea07 90eefeff ffffffffffffffff 000000000000e03f 04ea070b14 0bea070b140a0f0020a10700 080122000000163b3b 05${Buffer.from('short').toString('hex')}`,
  '00 4c05 07000000 0100000000000000 00 00',
  `00 8002 01 6d07 00000000 0000000000000000 9c7500883ce437fe 07010002030405 06 fd701101${'78'.repeat(70_000)}`,
  '00 8003 00 0000 00000000 0000000000000000 0000000000000000 00',
].map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex'));

it.each([
  { place: 'in a file of its own', pack: false },
  { place: 'in a pack', pack: true },
])('README.txt is enough to read every row of a table $place and to prove it', async ({ pack }) => {
  const path = await mkdtemp(join(tmpdir(), 'tidemark-readable-'));
  const backupId = await writeBackup(path, pack);

  const readme = await readFile(join(path, 'README.txt'), 'utf8');
  for (const word of ['TIDEMARK-SEG', 'TIDEMARK-END', 'xxh3-128', 'binary protocol']) expect(readme).toContain(word);
  const json = async (key: string) => JSON.parse(await readFile(join(path, key), 'utf8'));
  const manifest = await json(`backups/${backupId}/manifest.json`);
  const manifestBytes = await readFile(join(path, `backups/${backupId}/manifest.json`));
  expect(manifest.sha256).toBe(createHash('sha256').update(manifestBytes.subarray(0, -82)).digest('hex'));
  const entry = manifest.tables[0];
  const own = { key: `backups/${backupId}/tables/${entry.id}.json`, offset: 0, length: undefined };
  const { key, offset: from, length: size } = entry.packed ?? own;
  const tableBytes = (await readFile(join(path, key))).subarray(from, size && from + size);
  expect(createHash('sha256').update(tableBytes).digest('hex')).toBe(entry.sha256);
  const table = JSON.parse(tableBytes.toString());
  const read: unknown[] = [];
  let digest = 0n;
  for (const fragment of table.fragments) {
    for (const { segment, offset, length, sha256, rawBytes } of fragment.chunks) {
      const whole = await readFile(join(path, segment));
      expect(whole.subarray(0, 16)).toEqual(Buffer.from('TIDEMARK-SEG\x01\0\0\0'));
      const stored = whole.subarray(offset, offset + length);
      expect(createHash('sha256').update(stored).digest('hex')).toBe(sha256);
      const raw = decompressFrames(stored);
      expect(raw.length).toBe(rawBytes);
      for (let at = 0; at < raw.length; ) {
        const row = raw.subarray(at + 4, at + 4 + raw.readUInt32LE(at));
        at += 4 + row.length;
        digest += xxh3.xxh128(row);
        read.push(decodeRow(row, fragment.columns));
      }
    }
  }
  expect(read).toEqual(rows);
  expect((digest % 2n ** 128n).toString(16).padStart(32, '0')).toBe(table.fragments[0].digest);
  await rm(path, { recursive: true });
});

async function writeBackup(path: string, pack: boolean): Promise<string> {
  const [backupId, attemptId] = ['01jabcdefghjkmnpqrstvwxyz1', '01jabcdefghjkmnpqrstvwxyz2'];
  const storage = await openStorage({ kind: 'fs', path });
  await openRepository(storage, systemClock);
  const writer = openSegmentWriter({ storage, attemptId, nextOrdinal: () => 0 });
  const framed = payloads.map((payload) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(payload.length);
    return Buffer.concat([length, payload]);
  });
  const chunks = [];
  for (const half of [framed.slice(0, 1), framed.slice(1)]) {
    const chunk = new ChunkOfRows(writer, 4096);
    await chunk.write(Buffer.concat(half));
    chunks.push({ ...(await chunk.finish()), rows: String(half.length) });
  }
  await writer.close();
  const sum = payloads.reduce((total, payload) => total + xxh3.xxh128(payload), 0n) % 2n ** 128n;
  const table = sampleTable(`${attemptId}-000000`, columns, chunks, sum.toString(16).padStart(32, '0'));
  const other = encodePackedTable(sampleTable(`${attemptId}-000001`, columns, []));
  const place = { backupId, attemptId, ordinal: 0 };
  const stored = pack
    ? (await writeTablePack(storage, place, [other, encodePackedTable(table)]))[1]!
    : await writeTableFile(storage, backupId, table);
  await publishManifest(storage, sampleManifest(backupId, table, stored));
  return backupId;
}

/** zstd's own magic number begins each frame; a candidate that does not decode is a part of its predecessor. */
function decompressFrames(stored: Buffer): Buffer {
  const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
  const frames: Buffer[] = [];
  for (let start = 0; start < stored.length; ) {
    let end = stored.indexOf(magic, start + 4);
    if (end < 0) end = stored.length;
    frames.push(zstdDecompressSync(stored.subarray(start, end)));
    start = end;
  }
  return Buffer.concat(frames);
}

function decodeRow(row: Buffer, of: { type: number; flags: number }[]): unknown[] {
  let at = 1 + Math.floor((of.length + 9) / 8);
  return of.map(({ type, flags }, i) => {
    if ((row[1 + Math.floor((i + 2) / 8)]! >> ((i + 2) % 8)) & 1) return null;
    const start = at;
    const take = (bytes: number) => {
      at = start + bytes;
      return row.subarray(start, at);
    };
    if (type === 1) return take(1).readInt8();
    if (type === 13) return take(2).readUInt16LE();
    if (type === 3) return take(4).readInt32LE();
    if (type === 8) return flags & 32 ? take(8).readBigUInt64LE() : take(8).readBigInt64LE();
    if (type === 5) return take(8).readDoubleLE();
    if (type === 11) {
      const b = Buffer.concat([take(1 + row[start]!).subarray(1), Buffer.alloc(12)]);
      return [b[0], b.readUInt32LE(1), b[5], b[6], b[7], b.readUInt32LE(8)];
    }
    if (type === 10 || type === 12) {
      const b = Buffer.concat([take(1 + row[start]!).subarray(1), Buffer.alloc(11)]);
      return [b.readUInt16LE(0), b[2], b[3], b[4], b[5], b[6], b.readUInt32LE(7)];
    }
    if (row[start]! < 251)
      return take(1 + row[start]!)
        .subarray(1)
        .toString();
    const size = row[start] === 252 ? 2 : row[start] === 253 ? 3 : 8;
    return take(1 + size + row.readUIntLE(start + 1, Math.min(size, 6)))
      .subarray(1 + size)
      .toString();
  });
}
