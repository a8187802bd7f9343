import type { ProgressReport } from '#server/contract/job.ts';
import type { PlanTable } from '#server/contract/restore.ts';
import type { Attempt } from '../attempt.ts';

const phases = ['definition', 'log', 'rows', 'indexes', 'compare'] as const;
type FragmentPhase = (typeof phases)[number];
/** Of a phase that the fragment had no need of. */
const nothing = { state: 'done', rowsDone: 0, rowsTotal: 0, bytesDone: 0, bytesTotal: 0 } as const;

/** Says where one fragment stands. Rows and bytes count within a phase: loaded, then read again. */
export interface FragmentProgress {
  phase(name: FragmentPhase): void;
  add: (rows: number, bytes: number) => void;
  /**
   * Of the phase `log`: rows changed in what was read of it since the last call, and how far that is, 0 to 1, and in the
   * time of its server, where that is known.
   */
  read: (changes: number, share: number, logTime?: string) => void;
  done(): void;
  /** Nothing is said of work that was stopped. */
  failed(): void;
}

/** A log has no size that all of it is counted in: it is told in parts of this. */
const logParts = 1_000;

/**
 * Every phase is told to wait at once: what has not begun belongs to the totals of the table, and no phase of it is done
 * before it is done on every fragment. Work that was stopped has failed nowhere: its phase stays as it was.
 */
export function fragmentProgress(
  attempt: Attempt,
  table: PlanTable,
  place: PlanTable['fragments'][number],
): FragmentProgress {
  const { node, database, table: name } = place.target;
  const of = { table: table.source, fragment: `${node}/${database}/${name}` };
  const ahead = new Set(phases.filter((phase) => phase !== 'log' || table.log !== null));
  let current: FragmentPhase = 'definition';
  let rows = 0;
  let bytes = 0;
  let logTime: string | undefined;
  const counts = (phase: FragmentPhase) => phase === 'rows' || phase === 'compare';
  const say = (state: ProgressReport['state'], phase = current) =>
    attempt.report({
      ...of,
      phase,
      state,
      rowsDone: rows,
      rowsTotal: counts(phase) ? place.rows : null,
      bytesDone: bytes,
      bytesTotal: counts(phase) ? place.rawBytes : phase === 'log' ? logParts : null,
      ...(phase === 'log' && logTime !== undefined && { logTime }),
    });
  for (const phase of ahead) say('waiting', phase);
  let began = false;
  return {
    phase: (next) => {
      if (began) say('done');
      began = true;
      current = next;
      ahead.delete(next);
      rows = 0;
      bytes = 0;
      say('running');
    },
    add: (moreRows, moreBytes) => {
      rows += moreRows;
      bytes += moreBytes;
      say('running');
    },
    read: (changes, share, time) => {
      logTime = time ?? logTime;
      rows += changes;
      bytes = Math.round(share * logParts);
      say('running');
    },
    done: () => {
      say('done');
      // A table that the log made anew has no rows to load, and one whose rows are those of the backup no log to read.
      for (const phase of ahead) attempt.report({ ...of, ...nothing, phase });
    },
    failed: () => {
      if (!attempt.cancellation.stop.aborted) say('failed');
    },
  };
}
