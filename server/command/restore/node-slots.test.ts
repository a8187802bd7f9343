import { expect, it } from 'vitest';
import { NodeSlots } from './node-slots.ts';
import { OneAtATime } from './one-at-a-time.ts';

it('a node never has more connections at work than allowed, and nobody waits for ever', async () => {
  const slots = new NodeSlots(3);
  let busy = 0;
  let most = 0;
  const work = (atMost: number) =>
    slots.use('a', atMost, async (taken) => {
      expect(taken).toBeGreaterThanOrEqual(1);
      expect(taken).toBeLessThanOrEqual(atMost);
      busy += taken;
      most = Math.max(most, busy);
      await new Promise((resolve) => setImmediate(resolve));
      busy -= taken;
    });
  await Promise.all([5, 1, 2, 1, 4, 1, 1, 3].map(work));
  expect([busy, most]).toEqual([0, 3]);
});

it('a failed use gives its slots back', async () => {
  const slots = new NodeSlots(1);
  await expect(slots.use('a', 1, () => Promise.reject(new Error('x')))).rejects.toThrow('x');
  await expect(slots.use('a', 1, () => Promise.resolve(2))).resolves.toBe(2);
});

it('turns come one after the other, and one that fails does not stop the next', async () => {
  const turns = new OneAtATime();
  const seen: string[] = [];
  const failing = turns.run(async () => {
    seen.push('a');
    throw new Error('a');
  });
  const next = turns.run(async () => seen.push('b'));
  await expect(failing).rejects.toThrow('a');
  await next;
  expect(seen).toEqual(['a', 'b']);
});
