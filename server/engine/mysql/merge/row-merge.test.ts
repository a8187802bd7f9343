import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RowDigest } from '../digest.ts';
import { rowRuns } from '../row-runs.ts';
import { ChangeFold } from './change-fold.ts';
import type { LoggedRows } from './logged-rows.ts';
import type { ExpectedRows } from './merge-digest.ts';
import { digestOf, framedRows, type Row, storedRow, type TestTable } from './merge-fixture.ts';
import { type Story, type StoryKind, tellStory } from './merge-story-fixture.ts';
import { RowMerge } from './row-merge.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-merge-'));
});
afterAll(() => {
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

async function* pieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

interface Merged {
  rows: string[];
  digest: RowDigest;
  expected: ExpectedRows;
}

/** Sends `chunks` through the fold, all at once, in pieces of `pieceBytes`. */
async function mergeAll(fold: ChangeFold, chunks: readonly Row[][], pieceBytes = 100): Promise<Merged> {
  const merge = await RowMerge.begin(fold, digestOf(chunks.flat()));
  const rows: string[] = [];
  const digest = new RowDigest();
  const take = async (runs: AsyncIterable<Buffer>) => {
    for await (const run of runs) {
      digest.add(run);
      for (let at = 0; at < run.length; ) {
        const end = at + 4 + run.readUInt32LE(at);
        rows.push(run.toString('hex', at + 4, end));
        at = end;
      }
    }
  };
  try {
    await Promise.all(chunks.map((chunk) => take(merge.merge(rowRuns(pieces(framedRows(chunk), pieceBytes))))));
    await take(merge.rest());
    return { rows, digest, expected: merge.finish() };
  } finally {
    await merge.close();
  }
}

const foldOf = (table: TestTable) => new ChangeFold(table.table, { scratchFolder: folder });

async function folded(table: TestTable, events: readonly LoggedRows[], spillAfter: ReadonlySet<number> = new Set()) {
  const fold = foldOf(table);
  for (const [n, event] of events.entries()) {
    fold.add(event);
    event.event.images.fill(0xee); // the reader may use its buffer again
    if (spillAfter.has(n)) await fold.spill();
  }
  return fold;
}

/** Without the columns that were not digested. */
const project = (rows: readonly Row[], columns: readonly number[]) => rows.map((row) => columns.map((n) => row[n]!));

async function expectModel({ table, chunks, events, after }: Story, spillAfter: ReadonlySet<number>): Promise<void> {
  const fold = await folded(table, events, spillAfter);
  try {
    const { rows, digest, expected } = await mergeAll(fold, chunks);
    const want = digestOf(project(after, expected.columns));
    expect({ rows: expected.rows, digest: expected.digest }).toEqual(want);
    if (expected.columns.length < table.width) return;
    expect(rows.sort()).toEqual(after.map((row) => storedRow(row).toString('hex')).sort());
    expect({ rows: digest.rows, digest: digest.hex }).toEqual(want);
  } finally {
    await fold.close();
  }
}

const spills = fc.oneof(
  fc.constant(new Set<number>()),
  fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { maxLength: 6 }).map((list) => new Set(list)),
);

test.each<StoryKind>([
  { keyed: true, images: 'full', computed: false },
  { keyed: true, images: 'partial', computed: false },
  { keyed: true, images: 'partial', computed: true },
  { keyed: true, images: 'full', computed: true },
  { keyed: false, images: 'full', computed: false },
  { keyed: false, images: 'partial', computed: false },
  { keyed: false, images: 'partial', computed: true },
])(
  'rows of a backup and the log after it give what a naive model gives, on scratch files and off them: %j',
  async (kind) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 }), spills, async (seed, spillAfter) => {
        await expectModel(tellStory(seed, kind), spillAfter);
      }),
      { numRuns: 80 },
    );
  },
);
