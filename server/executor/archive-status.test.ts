import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '#server/base/clock.ts';
import { TidemarkError } from '#server/base/error.ts';
import { silentLogger } from '#server/base/log.ts';
import type { ArchiveStatus } from '#server/command/archive/command.ts';
import type { StreamReport } from '#server/log-archive/report-stream.ts';
import { archivedUntil, openArchiveStatus } from './archive-status.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const status: ArchiveStatus = {
  ...{ state: 'live', error: null, sequence: 1, caughtUpAt: null, logBytes: 0, storedBytes: 0, clockSkewMs: 0 },
  durable: { file: 'binlog.000001', position: '4', gtid: null, committedAt: new Date(10_000) },
};

function open(write: (report: StreamReport) => Promise<void>) {
  return openArchiveStatus({ clock: systemClock, log: silentLogger, cpuShare: () => null, write });
}

test('the row is written once a second at most, with all that was read in between', async () => {
  const written: StreamReport[] = [];
  const shown = open(async (report) => void written.push(report));
  for (let at = 0; at <= 1_900; at += 100) {
    shown.report({ ...status, logBytes: at, storedBytes: at / 2 });
    await vi.advanceTimersByTimeAsync(100);
  }
  await vi.advanceTimersByTimeAsync(5_000);
  expect(written).toHaveLength(2);
  expect(written.reduce((sum, { logBytes }) => sum + logBytes, 0)).toBe(1_900);
  expect(written.reduce((sum, { writtenBytes }) => sum + writtenBytes, 0)).toBe(950);
});

test('what a run finds in the repository is not counted again', async () => {
  const written: StreamReport[] = [];
  const shown = open(async (report) => void written.push(report));
  const error = new TidemarkError('node/unreachable', 'down');
  for (const told of [
    { ...status, logBytes: 700 },
    { ...status, logBytes: 800 },
    { ...status, logBytes: 800, state: 'paused' as const, error },
    { ...status, logBytes: 900 },
    { ...status, logBytes: 1_000 },
    { ...status, logBytes: 0 },
    { ...status, logBytes: 50 },
  ])
    shown.report(told);
  await shown.settle();
  expect(written).toMatchObject([{ logBytes: 250, state: 'following' }]);
});

test('what could not be written is told with the next', async () => {
  const written: StreamReport[] = [];
  let fails = true;
  const shown = open(async (report) => {
    if (fails) throw new Error('the database restarts');
    written.push(report);
  });
  shown.report(status);
  shown.report({ ...status, logBytes: 5 });
  shown.gap('purged');
  await vi.advanceTimersByTimeAsync(1_000);
  fails = false;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written).toMatchObject([{ logBytes: 5, gaps: [{ message: 'purged' }] }]);
});

test('a closed one writes nothing more', async () => {
  const write = vi.fn(async () => {});
  const shown = open(write);
  shown.report(status);
  shown.close();
  await vi.advanceTimersByTimeAsync(5_000);
  await shown.settle();
  expect(write).not.toHaveBeenCalled();
});

test('what is archived reaches to the last commit, by our clock, or to the moment at which there was no more', () => {
  expect(archivedUntil({ ...status, clockSkewMs: 2_000 })).toEqual(new Date(8_000));
  expect(archivedUntil({ ...status, caughtUpAt: new Date(9_000) })).toEqual(new Date(10_000));
  expect(archivedUntil({ ...status, caughtUpAt: new Date(12_000) })).toEqual(new Date(12_000));
  expect(archivedUntil({ ...status, durable: null })).toBeNull();
});
