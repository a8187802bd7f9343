import { expect, test } from 'vitest';
import { boundOf, inputOf, pointOf, reachedStep, readChoice, writeChoice } from '#components/restore/restore-choice.ts';
import { restoreInput } from '#server/contract/restore.ts';

const choice = readChoice(
  new URLSearchParams([
    ['step', 'plan'],
    ['cluster', 'bank'],
    ['table', 'postgres.public."a.b"'],
    ['table', 'postgres.public.test2'],
    ['backup', 'b1'],
    ['to', '{"postgres.public.test2":"postgres.fresh.test2"}'],
    ['keep', '30'],
    ['rate', '50'],
    ['lag', '10'],
    ['log', '0'],
  ]),
);
const ids = { clusterId: 'c1', intoClusterId: 'c2' };

test('an address says the whole choice, and the choice writes the same address', () => {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(writeChoice(choice))) {
    for (const each of [value ?? []].flat()) if (each !== '') params.append(name, each);
  }
  expect(readChoice(params)).toEqual(choice);
});

test('each kind of point is an address, and is asked for only when it is whole', () => {
  const of = (query: string) => pointOf(readChoice(new URLSearchParams(query)));
  expect(of('backup=b1')).toEqual({ kind: 'backup', backupId: 'b1' });
  expect(of('point=instant&at=2026-11-20T02:41:07.318Z&backup=b1')).toEqual({
    kind: 'instant',
    at: '2026-11-20T02:41:07.318Z',
  });
  expect(of('point=before&tx=s1:0-11-884213')).toEqual({ kind: 'before', transaction: 's1:0-11-884213' });
  expect(of('point=latest')).toEqual({ kind: 'latest' });
  for (const query of ['', 'point=instant', 'point=instant&at=yesterday', 'point=after', 'point=before&tx=7']) {
    expect(of(query), query).toBeNull();
    expect(reachedStep(readChoice(new URLSearchParams(`table=a.b&step=plan&${query}`)))).toBe('point');
  }
  const written = writeChoice({ point: 'after', transaction: 's1:0-1-2', at: '', backup: '' });
  expect(written).toEqual({ point: 'after', tx: 's1:0-1-2', at: '', backup: '' });
});

test('what is asked of the API is what it takes', () => {
  const input = restoreInput.parse(inputOf(choice, ids));
  expect(input.tables.map(({ target }) => target)).toEqual([null, 'postgres.fresh.test2']);
  expect(input).toMatchObject({ intoClusterId: null, clean: false, keepForMs: 30 * 86_400_000 });
  expect(input).toMatchObject({ maxBytesPerSecond: 50 * 1024 ** 2, maxReplicaLagSeconds: 10, logBin: false });
});

test('in place, no name and no node that was given for a copy is taken along', () => {
  const inPlace = { ...choice, where: 'in-place' as const, placement: { 'postgres.public.test2': { p0: 's1' } } };
  expect(inputOf(inPlace, ids)).toMatchObject({ clean: true, intoClusterId: null, logBin: true });
  expect(
    inputOf(inPlace, ids).tables.every(({ target, placement }) => !target && Object.keys(placement!).length === 0),
  ).toBe(true);
});

test('an address cannot skip a question', () => {
  expect(reachedStep({ ...choice, tables: [] })).toBe('tables');
  expect(reachedStep({ ...choice, backup: '' })).toBe('point');
  expect(reachedStep({ ...choice, where: 'cluster' })).toBe('where');
  expect(reachedStep(choice)).toBe('plan');
});

test('an address that somebody spoiled is read as if it said nothing', () => {
  const spoiled = readChoice(new URLSearchParams({ to: '{"a"', place: '[1]', keep: 'x', step: 'run', where: 'moon' }));
  expect(spoiled).toMatchObject({ targets: {}, placement: {}, keepDays: 7, step: 'tables', where: 'beside' });
});

test('a bound that is typed too small is the smallest bound, and never none', () => {
  expect(['', ' ', '0', '-4', '0.4', '1.5', '50', '99999999999'].map(boundOf)).toEqual([0, 0, 1, 1, 1, 2, 50, 9_999]);
});
