import { expect, test } from 'vitest';
import { rowRuns } from './row-runs.ts';

const frame = (payload: Buffer) => {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(payload.length);
  return Buffer.concat([length, payload]);
};

async function* cut(bytes: Buffer, size: number) {
  const shared = Buffer.alloc(size); // used again for every piece, as a reader may
  for (let at = 0; at < bytes.length; at += size) {
    const count = bytes.copy(shared, 0, at, at + size);
    yield shared.subarray(0, count);
  }
}

async function rowsOf(pieces: AsyncIterable<Buffer>): Promise<string[]> {
  const rows: string[] = [];
  for await (const run of rowRuns(pieces)) {
    for (let at = 0; at < run.length; ) {
      const end = at + 4 + run.readUInt32LE(at);
      rows.push(run.toString('latin1', at + 4, end));
      at = end;
    }
  }
  return rows;
}

test('rows come out whole and in order however the stream was cut', async () => {
  const rows = ['', 'a', 'x'.repeat(70), 'bc', ''];
  const bytes = Buffer.concat(rows.map((row) => frame(Buffer.from(row))));
  for (let size = 1; size <= bytes.length; size++) expect(await rowsOf(cut(bytes, size))).toEqual(rows);
});

test('a stream that ends inside a row is damage, never a shorter row', async () => {
  const bytes = frame(Buffer.from('abcdef'));
  for (let keep = 1; keep < bytes.length; keep++) {
    await expect(rowsOf(cut(bytes.subarray(0, keep), 3))).rejects.toMatchObject({ code: 'destination/object-damaged' });
  }
});

test('of two streams with a large row one waits until the other has done with its own', async () => {
  const large = frame(Buffer.alloc(17 * 1024 ** 2, 'x'));
  const [first, second] = [rowRuns(cut(large, 1024 ** 2)), rowRuns(cut(large, 1024 ** 2))];
  expect((await first.next()).value!.length).toBe(large.length);
  let hasSecond = false;
  const waiting = second.next().then(({ value }) => {
    hasSecond = true;
    return value as Buffer;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(hasSecond).toBe(false);
  await first.return(undefined); // given up in the middle: the turn goes on all the same
  expect((await waiting).equals(large)).toBe(true);
  await second.return(undefined);
});

test('streams that have each had a large row keep no memory of it apiece', async () => {
  const largeBytes = 40 * 1024 ** 2;
  const bytes = Buffer.concat([frame(Buffer.alloc(largeBytes, 'x')), frame(Buffer.from('small'))]);
  const before = process.memoryUsage().arrayBuffers;
  const streams = [1, 2, 3, 4].map(() => rowRuns(cut(bytes, 1024 ** 2)));
  for (const stream of streams) {
    expect((await stream.next()).value!.length).toBe(largeBytes + 4);
    expect((await stream.next()).value!.toString('latin1', 4)).toBe('small');
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1.5 * largeBytes);
  for (const stream of streams) await stream.return(undefined);
});
