import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage } from '#server/storage/open.ts';
import { hashObject } from './hash-object.ts';
import { ChunkOfRows } from './packed-chunk-fixture.ts';
import { readSegmentIndex } from './segment-index.ts';
import { readChunk } from './segment-reader.ts';
import {
  openSegmentWriter,
  type SegmentWriter,
  type SegmentWriterOptions,
  type StoredChunk,
} from './segment-writer.ts';

const attemptId = '01jabcdefghjkmnpqrstvwxyz0';
const code = (name: string) => expect.objectContaining({ code: name });
let path: string;
let storage: Storage;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'tidemark-segment-'));
  storage = await openStorage({ kind: 'fs', path });
});
afterEach(() => rm(path, { recursive: true }));

function openWriter(options: Partial<SegmentWriterOptions> = {}) {
  let ordinal = 0;
  return openSegmentWriter({ storage, attemptId, nextOrdinal: () => ordinal++, ...options });
}

const chunkOf = (writer: SegmentWriter) => new ChunkOfRows(writer, 10_000);

async function store(writer: SegmentWriter, ...bodies: Buffer[]): Promise<StoredChunk> {
  const chunk = chunkOf(writer);
  for (const body of bodies) await chunk.write(body);
  return chunk.finish();
}

async function read(chunk: StoredChunk, options = {}): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of readChunk(storage, chunk, options)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const rowsLike = (count: number) =>
  Buffer.from(Array.from({ length: count }, (_, n) => `${n} owner-${(n * 7919) % 997} active`).join('\n'));

const objects = async () => (await readdir(path, { recursive: true })).filter((name) => /seg$|part$/.test(name));

describe('a segment', () => {
  it('gives every chunk back, wherever the writes and the frames were cut', async () => {
    const writer = openWriter();
    const bodies = [rowsLike(5000), randomBytes(10_000), Buffer.alloc(0), Buffer.alloc(100_000), Buffer.from('x')];
    const chunks: StoredChunk[] = [];
    for (const body of bodies) {
      chunks.push(await store(writer, body.subarray(0, 7), body.subarray(7, 20_000), body.subarray(20_000)));
    }
    const segments = await writer.close();
    expect(segments).toHaveLength(1);
    for (const [n, chunk] of chunks.entries()) {
      expect(chunk.rawBytes).toBe(bodies[n]!.length);
      expect((await read(chunk)).equals(bodies[n]!)).toBe(true);
    }
  });

  it('is read in the memory of a few frames, each given back at once', async () => {
    const writer = openWriter();
    const chunk = new ChunkOfRows(writer, 1 << 20);
    const body = randomBytes(1 << 20);
    for (let n = 0; n < 8; n++) await chunk.write(body);
    const stored = await chunk.finish();
    await writer.close();
    const seen: Buffer[] = [];
    let alive = 0;
    for await (const piece of readChunk(storage, stored)) {
      seen.push(piece);
      expect(piece.equals(body)).toBe(true);
      alive = Math.max(alive, seen.filter(({ length }) => length > 0).length);
    }
    expect(seen).toHaveLength(8);
    expect(alive).toBe(1);
  });

  it('leaves nothing of what it was read from in memory, except what belongs to more than it', async () => {
    const writer = openWriter();
    const body = randomBytes(3 << 20);
    const stored = await store(writer, body);
    await writer.close();
    const readWith = async (pieceOf: (piece: Buffer) => Buffer) => {
      const given: Buffer[] = [];
      const watched: Storage = Object.assign(Object.create(storage), {
        async *read(...args: Parameters<Storage['read']>) {
          for await (const piece of storage.read(...args)) {
            given.push(pieceOf(piece));
            yield given.at(-1)!;
          }
        },
      });
      const rows: Buffer[] = [];
      for await (const piece of readChunk(watched, stored)) rows.push(Buffer.from(piece));
      expect(Buffer.concat(rows).equals(body)).toBe(true);
      return given.map(({ length }) => length);
    };
    const freed = await readWith((piece) => piece);
    expect(freed.length).toBeGreaterThan(2);
    expect(freed.slice(0, -1).every((length) => length === 0)).toBe(true);
    const kept = await readWith((piece) => Buffer.concat([Buffer.alloc(1), piece]).subarray(1));
    expect(kept.every((length) => length > 0)).toBe(true);
  });

  it('is what its size and digest say, and lists its own chunks', async () => {
    const writer = openWriter();
    const chunks = [await store(writer, rowsLike(3000)), await store(writer, rowsLike(10))];
    const [segment] = await writer.close();
    const bytes = await readFile(join(path, segment!.key));
    expect(segment).toEqual({
      key: chunks[0]!.segment,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
    expect(await hashObject(storage, segment!.key)).toEqual({ bytes: segment!.bytes, sha256: segment!.sha256 });
    expect(await readSegmentIndex(storage, segment!.key)).toEqual(chunks.map(({ segment: _, ...chunk }) => chunk));
  });

  it('closes after the chunk that passes its bound, and no chunk spans two', async () => {
    const writer = openWriter({ maxBytes: 50_000 });
    const bodies = Array.from({ length: 9 }, () => randomBytes(20_000));
    const chunks: StoredChunk[] = [];
    for (const body of bodies) chunks.push(await store(writer, body));
    const segments = await writer.close();
    expect(chunks.map(({ segment }) => segments.findIndex(({ key }) => key === segment))).toEqual([
      0, 0, 0, 1, 1, 1, 2, 2, 2,
    ]);
    for (const [n, chunk] of chunks.entries()) expect((await read(chunk)).equals(bodies[n]!)).toBe(true);
  });

  it('goes on after a chunk that was given up, and does not list it', async () => {
    const writer = openWriter();
    const before = await store(writer, rowsLike(100));
    const given = chunkOf(writer);
    await given.write(randomBytes(35_000));
    await given.abort();
    await given.abort();
    const after = await store(writer, rowsLike(200));
    const [segment] = await writer.close();
    expect((await read(before)).equals(rowsLike(100))).toBe(true);
    expect((await read(after)).equals(rowsLike(200))).toBe(true);
    expect(await readSegmentIndex(storage, segment!.key)).toHaveLength(2);
  });

  it('is not made where there was nothing to write', async () => {
    expect(await openWriter().close()).toEqual([]);
    expect(await objects()).toEqual([]);
  });

  it('shares one row of ordinals with the other writers of its attempt', async () => {
    let ordinal = 0;
    const writers = [1, 2, 3].map(() => openWriter({ nextOrdinal: () => ordinal++ }));
    await Promise.all(writers.map((writer) => store(writer, randomBytes(50_000))));
    const keys = (await Promise.all(writers.map((writer) => writer.close()))).flat().map(({ key }) => key);
    expect(new Set(keys).size).toBe(3);
  });

  it('is written by one chunk at a time', () => {
    const writer = openWriter();
    writer.writeChunk();
    expect(() => writer.writeChunk()).toThrow('open already');
  });
});

describe('a writer that does not come to its end', () => {
  it('leaves no object after abort, neither closed nor half written', async () => {
    const writer = openWriter({ maxBytes: 50_000 });
    for (let n = 0; n < 7; n++) await store(writer, randomBytes(20_000));
    await chunkOf(writer).write(randomBytes(25_000));
    await writer.abort();
    expect(await objects()).toEqual([]);
  });

  it('stops when cancelled, and leaves no object', async () => {
    const cancel = new AbortController();
    const writer = openWriter({ signal: cancel.signal });
    const chunk = chunkOf(writer);
    await chunk.write(randomBytes(25_000));
    cancel.abort();
    await expect(chunk.write(randomBytes(25_000))).rejects.toEqual(code('job/cancelled'));
    await writer.abort();
    expect(await objects()).toEqual([]);
  });

  it('cannot close when cancelled', async () => {
    const cancel = new AbortController();
    const writer = openWriter({ signal: cancel.signal });
    await store(writer, randomBytes(25_000));
    cancel.abort();
    await expect(writer.close()).rejects.toEqual(code('job/cancelled'));
    await writer.abort();
    expect(await objects()).toEqual([]);
  });

  it('passes on what the destination said, and does not touch an object that was there before', async () => {
    const first = openWriter();
    const kept = await store(first, rowsLike(500));
    await first.close();
    const second = openWriter();
    const writing = (async () => {
      const chunk = chunkOf(second);
      for (let n = 0; n < 1000; n++) await chunk.write(randomBytes(50_000));
    })();
    await expect(writing).rejects.toEqual(code('destination/object-exists'));
    await second.abort();
    expect((await read(kept)).equals(rowsLike(500))).toBe(true);
  });
});

describe('damage', () => {
  it('of any single bit of a chunk is found, and named with its object', async () => {
    const writer = openWriter();
    const chunk = await store(
      writer,
      ...rowsLike(150)
        .toString()
        .match(/.{1,2000}/gs)!
        .map((part) => Buffer.from(part)),
    );
    await writer.close();
    const file = join(path, chunk.segment);
    const whole = await readFile(file);
    for (let at = chunk.offset; at < chunk.offset + chunk.length; at++) {
      const bad = Buffer.from(whole);
      bad[at]! ^= 1 << (at % 8);
      await writeFile(file, bad);
      await expect(read(chunk), `byte ${at}`).rejects.toMatchObject({
        code: 'destination/object-damaged',
        context: { key: chunk.segment },
        message: expect.stringContaining(chunk.segment),
      });
    }
  });

  it('by another chunk in its place, a lost frame, or a false count is found', async () => {
    const writer = openWriter();
    const [one, two] = [await store(writer, rowsLike(300)), await store(writer, rowsLike(300).reverse())];
    await writer.close();
    const damage = code('destination/object-damaged');
    await expect(read({ ...one, offset: two.offset, length: two.length })).rejects.toEqual(damage);
    await expect(read({ ...one, length: one.length - 5 })).rejects.toEqual(damage);
    await expect(read({ ...one, length: 0 })).rejects.toEqual(damage);
    await expect(read({ ...one, rawBytes: one.rawBytes - 1 })).rejects.toEqual(damage);
    await expect(read({ ...one, rawBytes: one.rawBytes + 1 })).rejects.toEqual(damage);
    await expect(read({ ...one, segment: 'segments/00/none.seg' })).rejects.toEqual(code('destination/object-missing'));
  });

  it('never gives out the last bytes of a chunk whose digest is wrong', async () => {
    const writer = openWriter();
    const chunk = await store(writer, rowsLike(300));
    await writer.close();
    let given = 0;
    const reading = (async () => {
      for await (const rows of readChunk(storage, { ...chunk, sha256: '0'.repeat(64) })) given += rows.length;
    })();
    await expect(reading).rejects.toEqual(code('destination/object-damaged'));
    expect(given).toBeLessThan(chunk.rawBytes);
  });

  it('of a footer is found', async () => {
    const writer = openWriter();
    const { segment } = await store(writer, rowsLike(10));
    await writer.close();
    const whole = await readFile(join(path, segment));
    for (const bad of [whole.subarray(0, -1), whole.subarray(0, 20), Buffer.concat([whole, Buffer.alloc(3)])]) {
      await writeFile(join(path, segment), bad);
      await expect(readSegmentIndex(storage, segment)).rejects.toEqual(code('destination/object-damaged'));
    }
  });
});

it('a read that is cancelled ends with the reason', async () => {
  const writer = openWriter();
  const chunk = await store(writer, randomBytes(3_000_000));
  await writer.close();
  const cancel = new AbortController();
  const reading = (async () => {
    for await (const _ of readChunk(storage, chunk, { signal: cancel.signal })) cancel.abort();
  })();
  await expect(reading).rejects.toEqual(code('job/cancelled'));
});
