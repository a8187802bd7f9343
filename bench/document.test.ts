import { expect, test } from 'vitest';
import { benchDocument, type OurSample, rowOf, type Sample } from './document.ts';
import { median } from './median.ts';
import { reportText } from './report.ts';

const sample = (seconds: number, peakRssBytes = 1): Sample => ({
  seconds,
  peakRssBytes,
  serverCpuSeconds: seconds / 2,
  clientCpuSeconds: seconds,
});
const ours = (seconds: number, peakRssBytes = 1): OurSample => ({
  ...sample(seconds, peakRssBytes),
  totalSeconds: seconds,
  commandSeconds: seconds + 1,
  allProcessesPeakRssBytes: 7,
});
const row = (bar: number | null, our: OurSample[], peer: Sample[]) =>
  rowOf({ name: 'dump-vs-zstd', peer: 'mydumper', measured: 'runs', bar, restingRssBytes: 5 }, our, peer);
const document = (rows: ReturnType<typeof row>[]) =>
  benchDocument.parse({
    machine: { cores: 2, memoryBytes: 8e9, kernel: '6.1', loadAverage: 0.1 },
    versions: { mydumper: '0.10.0' },
    data: { tableBytes: 1_000, tableRows: 10, smallTables: 2, rounds: 3 },
    rows,
  });

test('the median is the middle value, whatever the order, and between the middle two of an even number', () => {
  expect([median([5]), median([9, 1, 5]), median([4, 1, 9, 2])]).toEqual([5, 5, 3]);
});

test('the ratio is the peer’s median over ours; memory is the most of all rounds', () => {
  const found = row(1.2, [ours(2, 10), ours(4, 30), ours(90, 20)], [sample(5), sample(6), sample(70)]);
  expect(found).toMatchObject({ ratio: 1.5, holds: true, bar: 1.2 });
  expect(found.ours).toMatchObject({ seconds: [2, 4, 90], peakRssBytes: 30, serverCpuSeconds: 2, restingRssBytes: 5 });
  expect(found.peer).toMatchObject({ name: 'mydumper', seconds: [5, 6, 70] });
});

test('a bar holds when it is just reached, is missed below, and is none where none is set', () => {
  const of = (bar: number | null, peer: number) => row(bar, [ours(1)], [sample(peer)]).holds;
  expect([of(2, 2), of(2, 1.99), of(null, 0.1)]).toEqual([true, false, null]);
});

test('people are told which bar is missed, and when the memory is too much', () => {
  const missed = reportText(document([row(2, [ours(1)], [sample(1)])]), ['how it came about']);
  expect(missed).toMatch(/^dump-vs-zstd +1\.00 +1\.00 +1\.00x +2\.00x +NO /m);
  expect(missed).toContain('400 MB at most: holds');
  expect(missed).toContain('how it came about');
  const large = reportText(document([row(1, [ours(1, 400_000_001)], [sample(1)])]), []);
  expect(large).toMatch(/ yes /);
  expect(large).toContain('400 MB at most: DOES NOT HOLD');
});
