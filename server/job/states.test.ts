import { expect, test } from 'vitest';
import { endedStates, hasEnded, type JobState, jobStates, jobTransitions, mayBecome } from '#server/contract/job.ts';

const open = jobStates.filter((state) => !hasEnded(state));
const reachable = (from: JobState, seen = new Set<JobState>()): Set<JobState> => {
  for (const next of jobTransitions[from]) {
    if (seen.has(next)) continue;
    seen.add(next);
    reachable(next, seen);
  }
  return seen;
};

test('a job that has ended changes no more', () => {
  for (const state of endedStates) expect(jobTransitions[state]).toEqual([]);
});

test('every job can end, in every way that fits its state', () => {
  for (const state of open) expect([...reachable(state)]).toEqual(expect.arrayContaining(['failed', 'cancelled']));
  expect(mayBecome('queued', 'succeeded')).toBe(false);
});

test('once it is to be cancelled, a job is neither queued nor run as if nothing had happened', () => {
  expect([...reachable('cancelling')]).not.toContain('queued');
  expect([...reachable('cancelling')]).not.toContain('running');
});

test('a running job goes back to the queue, or on to another attempt, without ending', () => {
  expect(mayBecome('running', 'queued')).toBe(true);
  expect(mayBecome('running', 'running')).toBe(true);
});
