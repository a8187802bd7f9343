import { randomBytes } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { splitFrames } from './split-frames.ts';
import { FrameError, measureFrame } from './zstd-frame.ts';

const frameOf = (body: Buffer, options: { checksum?: number; size?: number; level?: number } = {}) =>
  zstdCompressSync(body, {
    pledgedSrcSize: body.length,
    params: {
      [constants.ZSTD_c_checksumFlag]: options.checksum ?? 1,
      [constants.ZSTD_c_contentSizeFlag]: options.size ?? 1,
      [constants.ZSTD_c_compressionLevel]: options.level ?? 1,
    },
  });

async function split(pieces: Buffer[]): Promise<Buffer[]> {
  const source = (async function* () {
    yield* pieces;
  })();
  const found: Buffer[] = [];
  for await (const { frame, rawBytes } of splitFrames(source)) {
    const body = zstdDecompressSync(frame);
    expect(body.length).toBe(rawBytes);
    found.push(body);
  }
  return found;
}

const bodies = [
  Buffer.from('x'),
  Buffer.alloc(255, 1),
  Buffer.alloc(256, 2),
  randomBytes(300),
  Buffer.alloc(70_000, 3),
  randomBytes(140_000),
  Buffer.from('the same words again and again, '.repeat(9000)),
];

describe('zstd frames', () => {
  it('are found in a stream cut at every byte', async () => {
    const small = bodies.slice(0, 4);
    const stream = Buffer.concat(small.map((body) => frameOf(body)));
    for (let cut = 0; cut <= stream.length; cut++) {
      expect(await split([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(small);
    }
    expect(await split(Array.from(stream, (_, at) => stream.subarray(at, at + 1)))).toEqual(small);
  });

  it('are measured at every size and level', async () => {
    for (const level of [1, 3, 9]) {
      expect(await split([Buffer.concat(bodies.map((body) => frameOf(body, { level })))])).toEqual(bodies);
    }
  });

  it('that are cut short are refused', async () => {
    const stream = frameOf(randomBytes(300));
    for (let cut = 1; cut < stream.length; cut++) {
      await expect(split([stream.subarray(0, cut)])).rejects.toThrow(FrameError);
    }
  });

  it('without checksum or size, and bytes that are none, are refused', () => {
    expect(() => measureFrame(frameOf(bodies[4]!, { checksum: 0 }), 0)).toThrow('no checksum');
    expect(() => measureFrame(frameOf(bodies[4]!, { size: 0 }), 0)).toThrow('does not state its size');
    expect(() => measureFrame(Buffer.alloc(20), 0)).toThrow('no zstd frame');
  });

  it('that claim more than any may hold are refused before anything is allocated', async () => {
    const huge = Buffer.from('28b52ffd840000000040', 'hex');
    await expect(split([Buffer.concat([huge, Buffer.from('01000000000000', 'hex')])])).rejects.toThrow('claims more');
  });
});
