import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { valueForms } from '../canonical/value-forms-fixture.ts';
import { ChangeFold } from './change-fold.ts';
import type { LoggedRows } from './logged-rows.ts';
import { type Change, cell, digestOf, framedRows, logged, type Row, TestTable } from './merge-fixture.ts';
import { mergeTable } from './merge-table.ts';
import { RowMerge } from './row-merge.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-fold-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const formsOf = (declared: string) => valueForms.find((forms) => forms.declared === declared)!;
const [int, text] = [formsOf('int(11)'), formsOf('text')];
const columns = [{ forms: int }, { forms: text }, { forms: text }];
const table = new TestTable(columns, [0]);
const heap = new TestTable(columns, null);

const row = (id: number, a: string, b: string | null = 'b'): Row => [
  cell(int, BigInt(id)),
  cell(text, Buffer.from(a)),
  b === null ? null : cell(text, Buffer.from(b)),
];
const shown = (bytes: Buffer) => {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    const payload = bytes.subarray(at + 4, end);
    const id = payload.readInt32LE(2);
    const length = payload[6]!;
    found.push(`${id} ${payload.toString('latin1', 7, 7 + length)} ${payload.toString('latin1', 8 + length)}`);
    at = end;
  }
  return found;
};

type Step = Change & { only?: number[]; key?: number[] };

function events(of: TestTable, steps: readonly Step[]): LoggedRows[] {
  return steps.map((step, n) => {
    const some = (list: number[] | undefined) => (list ? new Set(list) : undefined);
    return logged(of, [step], 1000 + n, some(step.key), some(step.only));
  });
}

/** What comes out of `chunks`, chunk by chunk, and at the end what no chunk held. */
async function merged(of: TestTable, chunks: readonly Row[][], steps: readonly Step[], spillEach = false) {
  const fold = new ChangeFold(of.table, { scratchFolder: folder });
  for (const event of events(of, steps)) {
    fold.add(event);
    if (spillEach) await fold.spill();
  }
  const merge = await RowMerge.begin(fold, digestOf(chunks.flat()));
  const out: string[][] = [];
  try {
    for (const chunk of chunks) out.push(await collected(merge.merge(one(framedRows(chunk)))));
    out.push(await collected(merge.rest()));
    return { out, counts: merge.counts, expected: merge.finish() };
  } finally {
    await merge.close();
    await fold.close();
  }
}

async function* one(run: Buffer) {
  if (run.length > 0) yield run;
}

async function collected(runs: AsyncIterable<Buffer>): Promise<string[]> {
  const found: string[] = [];
  for await (const run of runs) found.push(...shown(run));
  return found;
}

const full = (before: Row | undefined, after: Row | undefined): Step => ({
  ...(before && { before }),
  ...(after && { after }),
});
/** As MINIMAL logs it: the key before, what is new after. */
const minimal = (before: Row, after: Row): Step => ({
  before,
  after,
  key: [0],
  only: after.flatMap((value, n) => (value === before[n] ? [] : [n])),
});
/** The same row under another key: the values are the very same ones. */
const under = (id: number, of: Row): Row => [cell(int, BigInt(id)), ...of.slice(1)];

describe.each([
  { images: 'full', update: full, spilled: false },
  { images: 'minimal', update: minimal, spilled: false },
  { images: 'full', update: full, spilled: true },
  { images: 'minimal', update: minimal, spilled: true },
])('with $images images, spilled after every event: $spilled', ({ update, spilled }) => {
  const [one1, two, five, six] = [row(1, 'one'), row(2, 'two'), row(5, 'five'), row(6, 'six')];
  const chunks = [
    [one1, two],
    [five, six],
  ];
  const all = async (steps: Step[]) => (await merged(table, chunks, steps, spilled)).out.flat().sort();

  test('a key that changes twice keeps what its row had, also into the keys of another chunk', async () => {
    const [moved, again] = [under(7, one1), under(8, one1)];
    expect(await all([update(one1, moved), update(moved, again)])).toEqual([
      '2 two b',
      '5 five b',
      '6 six b',
      '8 one b',
    ]);
  });

  test('rows that change places have changed places', async () => {
    const [away, first, second] = [under(99, one1), under(1, five), under(5, one1)];
    expect(await all([update(one1, away), update(five, first), update(away, second)])).toEqual([
      '1 five b',
      '2 two b',
      '5 one b',
      '6 six b',
    ]);
  });

  test('a row that goes and comes again is the one that came', async () => {
    const back = row(2, 'back');
    const changed: Row = [back[0]!, back[1]!, cell(text, Buffer.from('new'))];
    expect(await all([full(two, undefined), full(undefined, back), update(back, changed)])).toContain('2 back new');
  });

  test('a new row under a key that a living row had before are two rows', async () => {
    const [moved, fresh] = [under(9, two), row(2, 'fresh')];
    expect(await all([update(two, moved), full(undefined, fresh)])).toEqual([
      '1 one b',
      '2 fresh b',
      '5 five b',
      '6 six b',
      '9 two b',
    ]);
    expect(await all([update(two, moved), full(undefined, fresh), full(fresh, undefined)])).not.toContain('2 fresh b');
  });

  test('a row that comes and goes leaves nothing, one that comes and stays is new', async () => {
    const [brief, staying] = [row(3, 'brief'), row(4, 'stays')];
    const steps = [full(undefined, brief), full(undefined, staying), full(brief, undefined)];
    expect(await all(steps)).toEqual(['1 one b', '2 two b', '4 stays b', '5 five b', '6 six b']);
  });

  test('columns that changes leave out keep what they had, however many changes there are', async () => {
    const a: Row = [two[0]!, cell(text, Buffer.from('A')), two[2]!];
    const b: Row = [two[0]!, a[1]!, null];
    const c: Row = [two[0]!, cell(text, Buffer.from('C')), null];
    expect(await all([update(two, a), update(a, b)])).toContain('2 A ');
    expect(await all([update(two, a), update(a, b), update(b, c)])).toContain('2 C ');
  });

  test('a log that does not fit the rows is refused, and says where', async () => {
    const missing = row(3, 'never was');
    const refused = (steps: Step[], offset: number) =>
      expect(all(steps)).rejects.toMatchObject({
        code: 'restore/log-mismatch',
        context: { file: 1, offset, key: expect.stringMatching(/^0[0-9a-f]000000$/) },
      });
    await refused([full(two, undefined), full(missing, undefined)], 1001);
    await refused([update(missing, row(3, 'x'))], 1000);
    await refused([full(two, undefined), full(undefined, one1)], 1001);
    await refused([update(two, under(1, two))], 1000);
    await refused([full(two, undefined), full(two, undefined)], 1001);
    await refused([full(two, undefined), update(two, row(2, 'x'))], 1001);
    await refused([full(undefined, missing), full(undefined, missing)], 1001);
    await refused([update(two, under(7, two)), update(one1, under(7, one1))], 1001);
    await refused([full(undefined, missing), full(missing, undefined), full(missing, undefined)], 1002);
  });
});

describe.each([{ spilled: false }, { spilled: true }])('without a key, spilled: $spilled', ({ spilled }) => {
  const [a, b] = [row(1, 'a'), row(2, 'b', null)];

  test('equal rows are counted', async () => {
    const chunks = [[a, b], [a], [a, b]];
    const steps = [full(a, undefined), full(b, a), full(undefined, b), full(a, undefined), full(undefined, b)];
    const { out, expected } = await merged(heap, chunks, steps, spilled);
    expect(out.flat().sort()).toEqual(['1 a b', '1 a b', '2 b ', '2 b ', '2 b ']);
    expect(expected).toMatchObject(digestOf([a, a, b, b, b]));
  });

  test('one row more goes than there are: refused', async () => {
    const steps = [full(a, undefined), full(a, undefined), full(b, undefined)];
    await expect(merged(heap, [[a, b]], steps, spilled)).rejects.toMatchObject({ code: 'restore/log-mismatch' });
  });
});

test('a row that is twice in the rows of a backup is found when the log changes it', async () => {
  await expect(merged(table, [[row(1, 'a')], [row(1, 'b')]], [full(row(1, 'a'), undefined)])).rejects.toMatchObject({
    code: 'restore/log-mismatch',
  });
});

test('what nobody knows is refused: a part of an inserted row, of a row without a key, rows of no columns', () => {
  const refused = (of: TestTable, step: Step, context: object) => {
    const withoutDefaults = { ...of.table, defaults: null };
    const fold = new ChangeFold(withoutDefaults, { scratchFolder: folder });
    const [event] = events(of, [step]);
    expect(() => fold.add(event!)).toThrow(
      expect.objectContaining({ code: 'table/unsupported', context: expect.objectContaining(context) }),
    );
  };
  refused(table, { after: row(1, 'a'), only: [0, 1] }, { missing: ['c2'] });
  refused(table, { before: row(1, 'a'), key: [1] }, { column: 1 });
  refused(heap, { before: row(1, 'a'), key: [0, 1] }, { missing: ['c2'] });
  refused(heap, { after: row(1, 'a'), only: [1] }, { missing: ['c0', 'c2'] });
  refused(heap, { after: row(1, 'a'), only: [] }, { offset: 1000 });
});

test('a stored row without a value in its key is refused', async () => {
  const nameless: Row = [null, cell(text, Buffer.from('a')), null];
  await expect(merged(table, [[nameless]], [full(row(1, 'a'), undefined)])).rejects.toMatchObject({
    code: 'table/unsupported',
    context: { column: 1 },
  });
});

test('an inserted row takes what its image leaves out from the defaults', async () => {
  const inserted: Row = [cell(int, 7n), cell(text, Buffer.from('given')), table.defaults[2]!];
  const { expected } = await merged(table, [[]], [{ after: inserted, only: [0, 1] }]);
  expect(expected).toMatchObject(digestOf([inserted]));
});

test('rows that nothing changed are handed on as they came, without a copy', async () => {
  const fold = new ChangeFold(table.table, { scratchFolder: folder });
  const rows = Array.from({ length: 100 }, (_, n) => row(n, 'same'));
  for (const event of events(table, [full(rows[99], undefined)])) fold.add(event);
  const merge = await RowMerge.begin(fold, digestOf(rows));
  const [untouched, touched] = [framedRows(rows.slice(0, 50)), framedRows(rows.slice(50))];
  for await (const run of merge.merge(one(untouched))) expect(run).toBe(untouched);
  for await (const run of merge.merge(one(touched))) expect(run.length).toBeLessThan(touched.length);
  expect(merge.counts).toEqual({ replaced: 0, dropped: 1, inserted: 0 });
  expect(() => merge.finish()).toThrow(/before all its rows/);
});

test('one fold can be merged more than once', async () => {
  const fold = new ChangeFold(heap.table, { scratchFolder: folder });
  for (const event of events(heap, [full(row(1, 'a'), row(1, 'z')), full(undefined, row(3, 'c'))])) fold.add(event);
  for (const spilled of [false, false, true, true]) {
    if (spilled) await fold.spill();
    const merge = await RowMerge.begin(fold, digestOf([row(1, 'a')]));
    expect(await collected(merge.merge(one(framedRows([row(1, 'a')]))))).toEqual([]);
    expect((await collected(merge.rest())).sort()).toEqual(['1 z b', '3 c b']);
    await merge.close();
  }
  await fold.close();
});

test.each([
  ['tinyint(4)', 127n],
  ['smallint(6)', 32767n],
  ['mediumint(8) unsigned', 16777215n],
  ['int unsigned', 4294967295n],
  ['bigint(20)', 2n ** 63n - 1n],
  ['bigint(20) unsigned', 2n ** 64n - 1n],
])('the highest counter is known, of rows that are gone too: %s', (declared, most) => {
  for (const key of [[0], null]) {
    const forms = formsOf(declared);
    const counted = new TestTable([{ forms }, { forms: text }], key);
    const fold = new ChangeFold({ ...counted.table, counter: 0 }, { scratchFolder: folder });
    const of = (value: bigint): Row => [cell(forms, value), cell(text, Buffer.from('x'))];
    const see = (change: Change) => fold.add(logged(counted, [change], 1));
    expect(fold.highestCounter).toBeNull();
    for (const value of [3n, 100n, ...(declared.includes('unsigned') ? [] : [-1n])]) see({ after: of(value) });
    see({ before: of(100n) });
    expect(fold.highestCounter).toBe(100n);
    see({ after: of(most) });
    see({ after: of(most - 1n) });
    expect(fold.highestCounter).toBe(most);
  }
});

test('a scratch folder that cannot be used is named', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const fold = new ChangeFold(table.table, { scratchFolder: join(file, 'below') });
  for (const event of events(table, [full(row(1, 'a'), undefined)])) fold.add(event);
  await expect(fold.spill()).rejects.toMatchObject({
    code: 'scratch/unusable',
    context: { folder: join(file, 'below') },
  });
});

describe('the key that tells rows apart', () => {
  const column = (name: string, flags: number, declared = 'int(11)') => ({
    name,
    type: 3,
    flags,
    charset: 63,
    decimals: 0,
    declared,
    generated: false,
  });
  const index = (name: string, unique: boolean, ...names: string[]) => ({
    name,
    unique,
    kind: 'btree' as const,
    columns: names.map((of) => ({
      name: of.replace(/:.*/, ''),
      prefix: of.includes(':') ? 3 : null,
      descending: false,
    })),
    comment: '',
    ignored: false,
  });
  const plain = [column('a', 0), column('b', 1), column('c', 1)];
  const keyOf = (list: typeof plain, ...indexes: ReturnType<typeof index>[]) =>
    mergeTable({ columns: list, indexes }).key;

  test('is the primary one, else a unique one that is never NULL and whole, else none', () => {
    expect(keyOf(plain, index('u', true, 'b'), index('PRIMARY', true, 'c', 'b'))).toEqual([1, 2]);
    expect(keyOf(plain, index('u', true, 'a', 'b'), index('v', true, 'c:3'), index('w', true, 'b'))).toEqual([1]);
    expect(keyOf(plain, index('u', true, 'a'), index('i', false, 'b'))).toBeNull();
    expect(keyOf(plain)).toBeNull();
  });

  test('holds the end of the period of rows of the past', () => {
    const versioned = [...plain, column('e', 1, 'timestamp(6) GENERATED ALWAYS AS ROW END')];
    expect(keyOf(versioned, index('PRIMARY', true, 'b'))).toEqual([1, 3]);
    expect(keyOf(versioned)).toBeNull();
  });
});
