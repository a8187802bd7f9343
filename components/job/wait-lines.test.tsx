import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { WaitLines } from './wait-lines.tsx';

const signs = [
  { node: 's1', waitsBecause: 'replica copy is 12 s behind' },
  { node: 's2', waitsBecause: null },
];
const text = (job: Parameters<typeof WaitLines>[0]['job']) =>
  renderToStaticMarkup(<WaitLines job={job} />).replace(/<[^>]*>/g, '');

test('a job that waits says for which node and why, also one that tells no steps', () => {
  expect(text({ kind: 'restore', state: 'running', progress: { signs } })).toBe(
    'Loading into node s1 waits: replica copy is 12 s behind.',
  );
  expect(text({ kind: 'backup', state: 'cancelling', progress: { signs } })).toMatch(/^Waits for node s1: replica/);
});

test('nothing waits in a job that has ended, or that said nothing', () => {
  expect(text({ kind: 'restore', state: 'cancelled', progress: { signs } })).toBe('');
  expect(text({ kind: 'restore', state: 'running', progress: {} })).toBe('');
  expect(text({ kind: 'restore', state: 'queued', progress: null })).toBe('');
});
