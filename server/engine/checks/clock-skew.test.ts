import { expect, test } from 'vitest';
import { checkSkew, measureSkew } from './clock-skew.ts';

/** Wall time starts at 1,000,000; every look at a clock moves nothing, every question takes its round trip. */
function world(offsetMs: number, roundTrips: number[]) {
  let elapsed = 0;
  const clock = { now: () => new Date(1_000_000 + elapsed), monotonicMs: () => elapsed };
  const ask = async () => {
    const trip = roundTrips.shift()!;
    elapsed += trip;
    return 1_000_000 + elapsed - trip / 2 + offsetMs;
  };
  return measureSkew(ask, clock);
}

test('the shortest of three round trips tells the skew', async () => {
  expect(await world(-1_500, [80, 10, 400])).toEqual({ skewMs: -1_500, uncertaintyMs: 5 });
});

test('over a second is a warning, over five a fault, and a slow answer proves neither', () => {
  expect(checkSkew({ skewMs: 900, uncertaintyMs: 1 }).state).toBe('ok');
  expect(checkSkew({ skewMs: -1_500, uncertaintyMs: 1 })).toMatchObject({
    state: 'warn',
    detail: '1500 ms behind the executor (± 1 ms)',
  });
  expect(checkSkew({ skewMs: 6_000, uncertaintyMs: 1 }).state).toBe('bad');
  expect(checkSkew({ skewMs: 6_000, uncertaintyMs: 5_500 }).state).toBe('ok');
  expect(checkSkew(null).state).toBe('unknown');
});
