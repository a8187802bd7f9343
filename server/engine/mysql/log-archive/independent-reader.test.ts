import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { repositoryReadme } from '#server/manifest/readme.ts';
import { everyEventFile } from '../binlog/every-event-fixture.ts';
import { fileOf, gtid, image, insert, tableMap, tell, xid } from './event-encoder-fixture.ts';
import { endSegment, openWriter, scanFrom, withStorage } from './segment-fixture.ts';

// Reads segments as README.txt says, with none of our readers: node:fs, node:zlib and arithmetic.

test('README.txt is enough to have the files of a server back from a log archive', async () => {
  for (const word of ['TIDEMARK-LOG', 'header stream', 'CRC-32', 'follows']) expect(repositoryReadme).toContain(word);
  await withStorage(async (storage, path) => {
    const large = fileOf([gtid(1), tableMap(1, 'd', 't'), insert(1, Buffer.concat(manyImages())), xid()], false);
    const scan = scanFrom(null);
    const digests: string[] = [];
    for (const [i, tellNext] of [
      () => tell(scan, 'b.1', everyEventFile.subarray(0, 1_000 + cutAfter(everyEventFile, 1_000))),
      () => tell(scan, 'b.1', everyEventFile, { from: 1_000 + cutAfter(everyEventFile, 1_000) }),
      () => tell(scan, 'b.2', large),
    ].entries()) {
      const writer = openWriter(storage, String(i));
      scan.write([writer]);
      tellNext();
      digests.push((await endSegment(storage, writer, scan)).summary.rawSha256);
    }
    const files = new Map<string, Buffer[]>();
    const state = { checksums: false, file: '' };
    for (const [i, digest] of digests.entries()) {
      const pieces = read(await readFile(join(path, String(i))), state);
      expect(
        createHash('sha256')
          .update(Buffer.concat(pieces.map(([, bytes]) => bytes)))
          .digest('hex'),
      ).toBe(digest);
      for (const [file, bytes] of pieces) files.set(file, [...(files.get(file) ?? []), bytes]);
    }
    expect(Buffer.concat(files.get('b.1')!).equals(everyEventFile)).toBe(true);
    expect(Buffer.concat(files.get('b.2')!).equals(large)).toBe(true);
  });
});

const manyImages = () => Array.from({ length: 2_000 }, (_, n) => image(n, `row ${n}`));

/** From `at` to the next event. */
function cutAfter(file: Buffer, at: number): number {
  let event = 4;
  while (event < at) event += file.readUInt32LE(event + 9);
  return event - at;
}

function streamsOf(data: Buffer): Map<number, Buffer> {
  expect(data.subarray(0, 16)).toEqual(Buffer.from('TIDEMARK-LOG\x01\0\0\0'));
  expect(data.toString('latin1', data.length - 12)).toBe('TIDEMARK-END');
  const found = new Map<number, Buffer[]>();
  let at = 16;
  while (at < data.length - 16) {
    const [stream, stored, raw, crc] = [0, 4, 8, 12].map((offset) => data.readUInt32LE(at + offset));
    expect(crc32(data.subarray(at, at + 12))).toBe(crc);
    const frame = zstdDecompressSync(data.subarray(at + 16, at + 16 + stored!));
    expect(frame.length).toBe(raw);
    found.set(stream!, [...(found.get(stream!) ?? []), frame]);
    at += 16 + stored!;
  }
  expect(at).toBe(data.length - 16);
  return new Map([...found].map(([stream, frames]) => [stream, Buffer.concat(frames)]));
}

function read(data: Buffer, state: { checksums: boolean; file: string }): [file: string, bytes: Buffer][] {
  const streams = streamsOf(data);
  const header = streams.get(0)!;
  const used = new Map<number, number>();
  const out: [string, Buffer][] = [];
  const learn = (event: Buffer) => {
    if (event[4] === 15) state.checksums = event[event.length - 5] === 1;
  };
  for (let at = 0; at < header.length; ) {
    const tag = header[at++];
    if (tag === 3) {
      const nameBytes = header.readUInt16LE(at + 8);
      state.file = header.toString('utf8', at + 10, at + 10 + nameBytes);
      if (header.readBigUInt64LE(at) === 0n) out.push([state.file, Buffer.from('fe62696e', 'hex')]);
      at += 10 + nameBytes;
    } else if (tag === 4) at += 8;
    else if (tag === 5) {
      const length = header.readUInt32LE(at);
      learn(header.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    } else if (tag === 6) {
      at += 4;
      for (let name = 0; name < 2; name++) at += 2 + header.readUInt16LE(at);
    } else {
      expect([1, 2]).toContain(tag);
      const stream = tag === 2 ? header.readUInt32LE(at) : 0;
      const headBytes = tag === 2 ? header.readUInt16LE(at + 4) : 0;
      if (tag === 2) at += 6;
      const summed = state.checksums && header[at + 4] !== 15;
      const stored = header.readUInt32LE(at + 9) - (summed ? 4 : 0);
      let event = header.subarray(at, at + (tag === 2 ? headBytes : stored));
      at += event.length;
      if (tag === 2) {
        const begin = used.get(stream) ?? 0;
        used.set(stream, begin + stored - headBytes);
        event = Buffer.concat([event, streams.get(stream)!.subarray(begin, begin + stored - headBytes)]);
      }
      learn(event);
      const crc = Buffer.alloc(summed ? 4 : 0);
      if (summed) crc.writeUInt32LE(crc32(event));
      out.push([state.file, Buffer.concat([event, crc])]);
    }
  }
  return out;
}
