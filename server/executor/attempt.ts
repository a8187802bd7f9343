import type { Cancellation } from '#server/base/abort.ts';
import type { Clock } from '#server/base/clock.ts';
import type { Logger } from '#server/base/log.ts';
import type { Attempt, Lease } from '#server/command/attempt.ts';
import type { Database } from '#server/db/client.ts';
import type { NewEvent } from '#server/job/append-events.ts';
import type { Claimed } from '#server/job/claim.ts';
import { endedAttempts } from '#server/job/ended-attempts.ts';
import { loadNote, saveNotes } from '#server/job/journal.ts';
import { reportJob } from '#server/job/report.ts';
import { createProgressBook } from './progress-book.ts';
import { openToldWrites } from './told-writes.ts';

/** Progress is written this often at most, however often the work reports. */
const writeEveryMs = 500;

export interface OpenAttempt extends Attempt {
  /** Writes what is left of progress and events; called before the job ends. */
  settle(): Promise<void>;
  /** No more writes. */
  close(): void;
}

/** Makes a command's world out of rows: progress and events become writes, fenced by the lease. */
export function openAttempt(options: {
  db: Database;
  claimed: Claimed;
  clock: Clock;
  log: Logger;
  lease: Lease;
  cancellation: Cancellation;
  knownTables: number;
}): OpenAttempt {
  const { db, claimed, clock, log } = options;
  const book = createProgressBook(options.knownTables);
  let events: NewEvent[] = [];
  const writes = openToldWrites({
    ...{ everyMs: writeEveryMs, log, failure: 'could not write progress' },
    take: () => {
      const taken = book.take(clock.monotonicMs());
      const told = events;
      events = [];
      if (taken === null && told.length === 0) return null;
      return { progress: taken?.progress ?? null, tables: taken?.tables ?? [], events: told };
    },
    write: (told) => reportJob(db, claimed, told),
    putBack: (told) => {
      events = [...told.events, ...events];
      book.putBack(told.tables.map(({ table }) => table));
    },
  });

  return {
    jobId: claimed.jobId,
    attemptId: claimed.attemptId,
    earlierAttempts: claimed.earlierAttempts,
    cancellation: options.cancellation,
    clock,
    log,
    lease: options.lease,
    journal: {
      load: (key) => loadNote(db, claimed.jobId, key),
      save: (key, value) => saveNotes(db, claimed, new Map([[key, value]])),
      saveAll: (notes) => saveNotes(db, claimed, notes),
    },
    ended: (attemptIds) => endedAttempts(db, attemptIds),
    report: (progress) => {
      book.report(progress);
      writes.soon();
    },
    step: (name) => {
      book.step(name, clock.now());
      writes.soon();
    },
    signs: (signs) => {
      book.signs(signs);
      writes.soon();
    },
    writerWaited: (ms) => {
      book.writerWaited(ms);
      writes.soon();
    },
    event: (level, message) => {
      events.push({ level, message, at: clock.now() });
      writes.soon();
    },
    settle: () => {
      book.endSteps(clock.now());
      return writes.settle();
    },
    close: writes.close,
  };
}
