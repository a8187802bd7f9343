import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { valueForms } from '../canonical/value-forms-fixture.ts';
import { RowDigest } from '../digest.ts';
import { ChangeFold } from './change-fold.ts';
import { cell, framedRows, logged, type Row, TestTable } from './merge-fixture.ts';
import { RowMerge } from './row-merge.ts';

const formsOf = (declared: string) => valueForms.find((forms) => forms.declared === declared)!;
const [int, text] = [formsOf('int(11)'), formsOf('text')];
const table = new TestTable([{ forms: int }, { forms: text }], [0]);

const rowCount = 400_000;
const perRun = 500;
const row = (id: number, letter: string): Row => [cell(int, BigInt(id)), cell(text, Buffer.alloc(500, letter))];
/** The place of the key in each framed row, and in each image of an event, of these rows. */
const frameBytes = framedRows([row(0, 'a')]).length;
const imageBytes = 1 + 4 + 2 + 500;

/** Framed rows of which every even one has the text of `letter`, every odd one of `odd`. */
const rowsLike = (letter: string, odd: string) =>
  framedRows(Array.from({ length: perRun }, (_, n) => row(0, n % 2 ? odd : letter)));
const [rowsBefore, rowsAfter] = [rowsLike('a', 'a'), rowsLike('a', 'b')];

/** The same from `first` on. */
function runFrom(first: number, rows: Buffer): Buffer {
  for (let n = 0; n < perRun; n++) rows.writeInt32LE(first + n, n * frameBytes + 4 + 2);
  return rows;
}

async function* backup() {
  for (let first = 0; first < rowCount; first += perRun) yield runFrom(first, rowsBefore);
}

/** Every odd row is changed, in an order of its own. */
async function* log() {
  const changes = Array.from({ length: perRun }, () => ({ before: row(0, 'a'), after: row(0, 'b') }));
  const event = logged(table, changes, 0, new Set([0]));
  const { images } = event.event;
  for (let done = 0; done < rowCount / 2; done += perRun) {
    for (let n = 0, at = 0; n < perRun; n++) {
      const id = ((((done + n) * 7919) % (rowCount / 2)) << 1) | 1;
      images.writeInt32LE(id, at + 1);
      images.writeInt32LE(id, at + 1 + 4 + 1);
      at += 1 + 4 + imageBytes;
    }
    yield event;
  }
}

test('100 MB of changes go through 8 MiB of memory to the same rows', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-fold-'));
  const base = new RowDigest();
  const wanted = new RowDigest();
  for (let first = 0; first < rowCount; first += perRun) {
    base.add(runFrom(first, rowsBefore));
    wanted.add(runFrom(first, rowsAfter));
  }
  const before = process.memoryUsage().rss;
  let peak = 0;
  const sample = () => {
    peak = Math.max(peak, process.memoryUsage().rss - before);
  };
  const limitBytes = 8 * 1024 ** 2;
  const fold = new ChangeFold(table.table, { scratchFolder: folder, limitBytes });
  for await (const event of log()) {
    fold.add(event);
    if (fold.full) await fold.spill();
    expect(fold.usedBytes).toBeLessThan(limitBytes * 1.5);
    sample();
  }
  expect(fold.frozen.length).toBeGreaterThan(8);
  const merge = await RowMerge.begin(fold, { rows: base.rows, digest: base.hex });
  const read = new RowDigest();
  for (const runs of [merge.merge(backup()), merge.rest()]) {
    for await (const run of runs) {
      read.add(run);
      sample();
    }
  }
  const want = { rows: wanted.rows, digest: wanted.hex };
  expect({ rows: read.rows, digest: read.hex }).toEqual(want);
  expect(merge.finish()).toMatchObject(want);
  expect(merge.counts.replaced).toBe(rowCount / 2);
  await merge.close();
  await fold.close();
  console.info(`${fold.loggedRows} changes, +${peak >> 20} MiB`);
  expect(peak).toBeLessThan(100 * 1024 ** 2);
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});
