import { expect, test } from 'vitest';
import type { Clock } from '#server/base/clock.ts';
import { ratePace } from './rate-pace.ts';

const MiB = 1024 ** 2;

/** Time that only passes when somebody sleeps. */
function bucket(bytesPerSecond: number, stop = new AbortController().signal) {
  let now = 0;
  const clock: Clock = { now: () => new Date(now), monotonicMs: () => now };
  const sleep = async (ms: number) => {
    const until = now + ms;
    await Promise.resolve();
    now = Math.max(now, until);
  };
  return { pace: ratePace({ bytesPerSecond, clock, stop, sleep }), at: () => now, pass: (ms: number) => (now += ms) };
}

test('bytes pass at the rate, whatever the size of the batches', async () => {
  for (const batch of [1_000, 64 * 1024, 3 * MiB]) {
    const { pace, at } = bucket(10 * MiB);
    let sent = 0;
    for (; sent < 100 * MiB; sent += batch) await pace.bytes('s1', batch);
    expect(at() / 1_000).toBeCloseTo(sent / (10 * MiB), 0);
  }
});

test('connections and nodes share one rate', async () => {
  const { pace, at } = bucket(10 * MiB);
  const reader = async (node: string) => {
    for (let n = 0; n < 50; n++) await pace.bytes(node, MiB);
  };
  await Promise.all([reader('s1'), reader('s1'), reader('s2')]);
  expect(at() / 1_000).toBeCloseTo(15, 0);
});

test('a rest saves up a quarter of a second, not more', async () => {
  const { pace, at, pass } = bucket(4 * MiB);
  pass(60_000);
  const before = at();
  await pace.bytes('s1', MiB);
  expect(at() - before).toBe(0);
  await pace.bytes('s1', 4 * MiB);
  expect(at() - before).toBe(1_000);
});

test('what is stopped waits no longer', async () => {
  const stop = new AbortController();
  const clock: Clock = { now: () => new Date(0), monotonicMs: () => 0 };
  const pace = ratePace({ bytesPerSecond: 1, clock, stop: stop.signal });
  const waiting = pace.bytes('s1', 1_000_000);
  stop.abort();
  await waiting;
  await pace.bytes('s1', 1_000_000);
});
