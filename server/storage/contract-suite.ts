import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badKeys } from './bad-keys-fixture.ts';
import type { Storage } from './contract.ts';
import { probeStorage } from './probe.ts';

/** A fresh, empty destination for one suite. `leftovers` names everything that lies there, temporaries too. */
export interface OpenedForTest {
  storage: Storage;
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

const code = (name: string) => expect.objectContaining({ code: name });

async function* pieces(...bodies: (Buffer | Error)[]): AsyncGenerator<Buffer> {
  for (const body of bodies) {
    if (body instanceof Error) throw body;
    yield body;
  }
}

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of source) all.push(piece);
  return Buffer.concat(all);
}

async function keys(storage: Storage, prefix: string): Promise<string[]> {
  const all: string[] = [];
  for await (const { key } of storage.list(prefix)) all.push(key);
  return all.sort();
}

/** What every driver promises; each runs this against a real destination. */
export function storageContract(name: string, open: () => Promise<OpenedForTest>): void {
  describe(`${name} keeps the storage contract`, () => {
    let opened: OpenedForTest;
    let storage: Storage;
    beforeAll(async () => {
      opened = await open();
      storage = opened.storage;
    });
    afterAll(() => opened?.close());

    it('gives back what was written, from a buffer and from a stream', async () => {
      const body = randomBytes(3_000_000);
      expect(await storage.write('whole/buffer', body)).toEqual({ bytes: body.length });
      const stream = pieces(
        body.subarray(0, 1),
        Buffer.alloc(0),
        body.subarray(1, 2_000_000),
        body.subarray(2_000_000),
      );
      expect(await storage.write('whole/stream', stream)).toEqual({ bytes: body.length });
      expect((await storage.readAll('whole/buffer')).equals(body)).toBe(true);
      expect((await collect(storage.read('whole/stream'))).equals(body)).toBe(true);
      expect(await storage.stat('whole/stream')).toMatchObject({ bytes: body.length });
    });

    it('is done with a piece when it asks for the next one', async () => {
      const body = randomBytes(1_500_000);
      const piece = Buffer.alloc(100_000);
      await storage.write(
        'reused',
        (async function* () {
          for (let at = 0; at < body.length; at += piece.length) {
            body.copy(piece, 0, at);
            yield piece;
            piece.fill(0);
          }
        })(),
      );
      expect((await storage.readAll('reused')).equals(body)).toBe(true);
    });

    it('keeps an empty object', async () => {
      await storage.write('empty', pieces());
      expect(await storage.readAll('empty')).toHaveLength(0);
      expect(await storage.stat('empty')).toMatchObject({ bytes: 0 });
    });

    it('never replaces an object', async () => {
      await storage.write('kept', Buffer.from('old'));
      await expect(storage.write('kept', Buffer.from('new'))).rejects.toEqual(code('destination/object-exists'));
      expect((await storage.readAll('kept')).toString()).toBe('old');
    });

    it('lets exactly one of twenty concurrent writers win, and keeps its bytes', async () => {
      const bodies = Array.from({ length: 20 }, (_, n) => Buffer.alloc(300_000, n));
      const half = (body: Buffer) => pieces(body.subarray(0, 150_000), body.subarray(150_000));
      const ends = await Promise.allSettled(bodies.map((body) => storage.write('race/one', half(body))));
      const winners = ends.flatMap((end, n) => (end.status === 'fulfilled' ? [n] : []));
      expect(winners).toHaveLength(1);
      for (const end of ends)
        if (end.status === 'rejected') expect(end.reason).toEqual(code('destination/object-exists'));
      expect((await storage.readAll('race/one')).equals(bodies[winners[0]!]!)).toBe(true);
    });

    it('says what is missing', async () => {
      await expect(storage.readAll('no/such')).rejects.toEqual(code('destination/object-missing'));
      await expect(collect(storage.read('no/such'))).rejects.toEqual(code('destination/object-missing'));
      expect(await storage.stat('no/such')).toBeNull();
      expect(await keys(storage, 'no/')).toEqual([]);
    });

    it('takes a folder for no object', async () => {
      await storage.write('folder/inside', Buffer.from('x'));
      expect(await storage.stat('folder')).toBeNull();
      await expect(storage.readAll('folder')).rejects.toEqual(code('destination/object-missing'));
    });

    it('reads ranges, in pieces of at most 1 MiB', async () => {
      const body = randomBytes(2_500_000);
      await storage.write('ranges', body);
      for (const [offset, length] of [
        [0, 0],
        [0, 1],
        [1_048_575, 2],
        [100, 2_400_000],
        [2_499_999, 1],
        [2_500_000, 0],
      ]) {
        const range = { offset: offset!, length: length! };
        expect((await collect(storage.read('ranges', range))).equals(body.subarray(offset!, offset! + length!))).toBe(
          true,
        );
      }
      for await (const piece of storage.read('ranges')) expect(piece.length).toBeLessThanOrEqual(1 << 20);
    });

    it('takes a range that is not wholly there for damage', async () => {
      await storage.write('short', randomBytes(1000));
      for (const range of [
        { offset: 999, length: 2 },
        { offset: 1001, length: 0 },
        { offset: 5000, length: 10 },
      ]) {
        await expect(collect(storage.read('short', range))).rejects.toEqual(code('destination/object-damaged'));
      }
    });

    it('refuses to gather more than was allowed', async () => {
      await storage.write('big', randomBytes(1000));
      await expect(storage.readAll('big', { maxBytes: 999 })).rejects.toEqual(code('destination/object-damaged'));
      expect(await storage.readAll('big', { maxBytes: 1000 })).toHaveLength(1000);
    });

    it('leaves nothing of a source that fails, and passes its error on', async () => {
      const fault = new Error('the source broke');
      await expect(storage.write('failed/x', pieces(randomBytes(2_000_000), fault))).rejects.toBe(fault);
      expect(await storage.stat('failed/x')).toBeNull();
      expect((await opened.leftovers()).filter((left) => /failed|part/.test(left))).toEqual([]);
    });

    it('leaves nothing of a write that is cancelled, even while its source hangs', async () => {
      const cancel = new AbortController();
      const hanging = (async function* () {
        yield randomBytes(2_000_000);
        queueMicrotask(() => cancel.abort());
        await new Promise(() => {});
      })();
      const write = storage.write('cancelled/x', hanging, { signal: cancel.signal });
      await expect(write).rejects.toEqual(code('job/cancelled'));
      await expect(storage.write('cancelled/y', randomBytes(9), { signal: cancel.signal })).rejects.toEqual(
        code('job/cancelled'),
      );
      expect(await keys(storage, 'cancelled/')).toEqual([]);
      expect((await opened.leftovers()).filter((left) => /cancelled|part/.test(left))).toEqual([]);
    });

    it('stops a read that is cancelled', async () => {
      await storage.write('slow', randomBytes(3_000_000));
      const cancel = new AbortController();
      const read = (async () => {
        for await (const _ of storage.read('slow', undefined, { signal: cancel.signal })) cancel.abort();
      })();
      await expect(read).rejects.toEqual(code('job/cancelled'));
    });

    it('lists by folder and by the beginning of a name, and hides what is half written', async () => {
      for (const key of ['l/a/1', 'l/a/2', 'l/ab/3', 'l/b', 'l2/x']) await storage.write(key, Buffer.from(key));
      const half = Promise.withResolvers<void>();
      const reached = Promise.withResolvers<void>();
      const write = storage.write(
        'l/half',
        (async function* () {
          yield randomBytes(1000);
          reached.resolve();
          await half.promise;
        })(),
      );
      await reached.promise;
      expect(await keys(storage, 'l/')).toEqual(['l/a/1', 'l/a/2', 'l/ab/3', 'l/b']);
      expect((await keys(storage, '')).filter((key) => !/^[a-z0-9/]+$/.test(key))).toEqual([]);
      half.resolve();
      await write;
      expect(await keys(storage, 'l/')).toContain('l/half');
      expect(await keys(storage, 'l/a')).toEqual(['l/a/1', 'l/a/2', 'l/ab/3']);
      expect(await keys(storage, 'l/a/2')).toEqual(['l/a/2']);
      expect(await keys(storage, 'l/c')).toEqual([]);
      for await (const { key, bytes } of storage.list('l/b')) expect([key, bytes]).toEqual(['l/b', 3]);
    });

    it('removes, and removes again without complaint', async () => {
      await storage.write('r/x/y', Buffer.from('x'));
      await storage.remove('r/x/y');
      await storage.remove('r/x/y');
      await storage.remove('never/was');
      expect(await storage.stat('r/x/y')).toBeNull();
      await storage.write('r/x/y', Buffer.from('again'));
      expect((await storage.readAll('r/x/y')).toString()).toBe('again');
    });

    it('writes beside a remover that empties the same folder', async () => {
      for (let round = 0; round < 20; round++) {
        await storage.write(`churn/${round}`, Buffer.from('x'));
        await Promise.all([storage.remove(`churn/${round}`), storage.write(`churn/${round}-next`, Buffer.from('y'))]);
        await storage.remove(`churn/${round}-next`);
      }
    });

    it.each(badKeys)('refuses the key %j in every verb', async (key) => {
      const bad = code('destination/bad-key');
      await expect(storage.write(key, Buffer.from('x'))).rejects.toEqual(bad);
      await expect(collect(storage.read(key))).rejects.toEqual(bad);
      await expect(storage.readAll(key)).rejects.toEqual(bad);
      await expect(storage.stat(key)).rejects.toEqual(bad);
      await expect(storage.remove(key)).rejects.toEqual(bad);
    });

    it('does what it declares, and a probe leaves nothing', async () => {
      const { freeBytes, ...measured } = await probeStorage(storage);
      expect(measured).toEqual(storage.features);
      expect(freeBytes === null || freeBytes > 0).toBe(true);
      expect(await keys(storage, 'probe/')).toEqual([]);
    });
  });
}

/** The slow half: a stream far larger than the memory it may use. */
export function storageStaysFlat(name: string, open: () => Promise<OpenedForTest>): void {
  it(`${name} moves 300 MB through flat memory`, async () => {
    const opened = await open();
    const piece = randomBytes(1 << 20);
    const before = process.memoryUsage().rss;
    let peak = 0;
    const sample = () => {
      peak = Math.max(peak, process.memoryUsage().rss - before);
    };
    const wanted = createHash('sha256');
    const source = (async function* () {
      for (let n = 0; n < 300; n++) {
        sample();
        piece.writeUInt32LE(n, 0);
        wanted.update(piece);
        yield Buffer.from(piece);
      }
    })();
    await opened.storage.write('large', source);
    const got = createHash('sha256');
    for await (const bytes of opened.storage.read('large')) {
      sample();
      got.update(bytes);
    }
    expect(got.digest('hex')).toBe(wanted.digest('hex'));
    expect(peak).toBeLessThan(120 * 1024 ** 2);
    await opened.close();
  });
}
