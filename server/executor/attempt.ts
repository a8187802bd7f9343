import type { Cancellation } from '#server/base/abort.ts';
import type { Clock } from '#server/base/clock.ts';
import { hasCode } from '#server/base/error.ts';
import type { Logger } from '#server/base/log.ts';
import type { Attempt, Lease } from '#server/command/attempt.ts';
import type { Database } from '#server/db/client.ts';
import type { NewEvent } from '#server/job/append-events.ts';
import type { Claimed } from '#server/job/claim.ts';
import { endedAttempts } from '#server/job/ended-attempts.ts';
import { loadNote, saveNotes } from '#server/job/journal.ts';
import { reportJob } from '#server/job/report.ts';
import { createProgressBook } from './progress-book.ts';

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
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;

  function writeSoon(): void {
    if (timer || closed) return;
    timer = setTimeout(() => {
      timer = undefined;
      void write();
    }, writeEveryMs);
  }

  /** One write at a time, in order. A failed one is told again with the next; a lost lease is the lease's to notice. */
  function write(): Promise<void> {
    writing = writing.then(async () => {
      const taken = book.take(clock.monotonicMs());
      const told = events;
      events = [];
      if (closed || (taken === null && told.length === 0)) return;
      try {
        await reportJob(db, claimed, { progress: taken?.progress ?? null, tables: taken?.tables ?? [], events: told });
      } catch (error) {
        if (hasCode(error, 'job/lease-lost')) return;
        log.warn('could not write progress; trying again', { error });
        events = [...told, ...events];
        book.putBack((taken?.tables ?? []).map(({ table }) => table));
        writeSoon();
      }
    });
    return writing;
  }

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
      writeSoon();
    },
    step: (name) => {
      book.step(name, clock.now());
      writeSoon();
    },
    signs: (signs) => {
      book.signs(signs);
      writeSoon();
    },
    writerWaited: (ms) => {
      book.writerWaited(ms);
      writeSoon();
    },
    event: (level, message) => {
      events.push({ level, message, at: clock.now() });
      writeSoon();
    },
    settle: async () => {
      clearTimeout(timer);
      timer = undefined;
      book.endSteps(clock.now());
      await write();
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
