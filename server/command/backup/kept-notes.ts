import { z } from 'zod';
import { hasCode } from '#server/base/error.ts';
import { formatSize } from '#server/base/units.ts';
import type { Attempt } from '../attempt.ts';

/** What one attempt has read wholly so far: of tables, all fragments. */
const readSoFar = z.object({
  tables: z.number(),
  tablesTotal: z.number(),
  rows: z.string(),
  bytes: z.number(),
  at: z.string(),
});
type ReadSoFar = z.infer<typeof readSoFar>;

const keyOf = (attemptId: string) => `read/${attemptId}`;
/** A killed attempt may have read a little more than its note says; each note is a write to our database. */
const noteEveryMs = 5_000;

const whyNothingStays =
  'nothing of it is kept: a snapshot ends with the sessions that hold it, and rows of another instant cannot be joined to it';

/**
 * What was read before an attempt ended early, for people: they see hours of reading start over and must be told what
 * became of it. Told when an attempt fails or is stopped, and by the next one when it had no chance to tell.
 */
export class KeptNotes {
  private readonly attempt: Attempt;
  private read: ReadSoFar;
  private notedAt = 0;
  private writing: Promise<void> = Promise.resolve();

  constructor(attempt: Attempt) {
    this.attempt = attempt;
    this.read = { tables: 0, tablesTotal: 0, rows: '0', bytes: 0, at: attempt.clock.now().toISOString() };
  }

  /** How many tables there are to read. */
  expect(tablesTotal: number): void {
    this.read = { ...this.read, tablesTotal };
  }

  /** A table was read wholly. Never throws: the note is for people. */
  add(rows: bigint, bytes: number): void {
    const { clock } = this.attempt;
    this.read = {
      ...this.read,
      tables: this.read.tables + 1,
      rows: (BigInt(this.read.rows) + rows).toString(),
      bytes: this.read.bytes + bytes,
      at: clock.now().toISOString(),
    };
    const now = clock.monotonicMs();
    if (this.notedAt !== 0 && now - this.notedAt < noteEveryMs) return;
    this.notedAt = now;
    this.writing = this.writing.then(() => this.save());
  }

  /** This attempt ends early. Its successor, if there is one, need not tell it again. */
  async tellEarlyEnd(): Promise<void> {
    await this.writing;
    if (this.read.tables === 0) return;
    this.attempt.event('warn', `${wordsOf(this.read)} had been read; ${whyNothingStays}`);
    this.read = { ...this.read, tables: 0 };
    await this.save();
  }

  /** What earlier attempts of this job had read when they were ended with no chance to tell. */
  async tellEarlier(): Promise<void> {
    for (const [n, earlier] of this.attempt.earlierAttempts.entries()) {
      const note = readSoFar.safeParse(await this.attempt.journal.load(keyOf(earlier)));
      if (!note.success || note.data.tables === 0) continue;
      const { at } = note.data;
      this.attempt.event(
        'warn',
        `attempt ${n + 1} ended early; ${wordsOf(note.data)} had been read by ${at}; ${whyNothingStays}, so this attempt starts over`,
      );
    }
  }

  private async save(): Promise<void> {
    const { attempt, read } = this;
    await attempt.journal.save(keyOf(attempt.attemptId), read).catch((error: unknown) => {
      if (!hasCode(error, 'job/lease-lost')) attempt.log.warn('could not note what was read', { error });
    });
  }
}

function wordsOf({ tables, tablesTotal, rows, bytes }: ReadSoFar): string {
  return `${tables} of ${tablesTotal} ${tablesTotal === 1 ? 'table' : 'tables'}, ${rows} rows, ${formatSize(bytes)}`;
}
