import { describe, expect, it } from 'vitest';
import { Handoff } from './handoff.ts';

describe('a handoff', () => {
  it('holds back the one who pushes until there is room', async () => {
    const handoff = new Handoff(10);
    let through = false;
    await handoff.push(Buffer.alloc(10));
    const blocked = handoff.push(Buffer.alloc(1)).then(() => {
      through = true;
    });
    await new Promise(setImmediate);
    expect(through).toBe(false);
    const pulled = handoff[Symbol.asyncIterator]();
    expect((await pulled.next()).value).toHaveLength(10);
    await blocked;
    expect(through).toBe(true);
  });

  it('gives everything in order and then ends', async () => {
    const handoff = new Handoff(3);
    const pushing = (async () => {
      for (let n = 0; n < 100; n++) await handoff.push(Buffer.of(n));
      handoff.end();
    })();
    const all: number[] = [];
    for await (const piece of handoff) all.push(piece[0]!);
    await pushing;
    expect(all).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  it('fails both sides with the first failure', async () => {
    const handoff = new Handoff(1);
    const first = new Error('first');
    const blocked = handoff.push(Buffer.alloc(2));
    handoff.fail(first);
    handoff.fail(new Error('second'));
    await expect(blocked).rejects.toBe(first);
    await expect(handoff.push(Buffer.alloc(1))).rejects.toBe(first);
    await expect(handoff[Symbol.asyncIterator]().next()).rejects.toBe(first);
  });
});
