import type { ProgressReport } from '#server/contract/job.ts';
import type { PlanTable } from '#server/contract/restore.ts';
import type { Attempt } from '../attempt.ts';

/** Says where one fragment stands. Rows and bytes count within a phase: loaded, then read again. */
export interface FragmentProgress {
  phase(name: 'definition' | 'log' | 'rows' | 'indexes' | 'compare'): void;
  add: (rows: number, bytes: number) => void;
  /**
   * Of the phase `log`: rows changed in what was read of it since the last call, and how far that is, 0 to 1, and in the
   * time of its server, where that is known.
   */
  read: (changes: number, share: number, logTime?: string) => void;
  done(): void;
  failed(): void;
}

/** A log has no size that all of it is counted in: it is told in parts of this. */
const logParts = 1_000;

export function fragmentProgress(
  attempt: Attempt,
  table: PlanTable,
  place: PlanTable['fragments'][number],
): FragmentProgress {
  const { node, database, table: name } = place.target;
  let current = 'definition';
  let rows = 0;
  let bytes = 0;
  let logTime: string | undefined;
  const counts = () => current === 'rows' || current === 'compare';
  const say = (state: ProgressReport['state']) =>
    attempt.report({
      table: table.source,
      fragment: `${node}/${database}/${name}`,
      phase: current,
      state,
      rowsDone: rows,
      rowsTotal: counts() ? place.rows : null,
      bytesDone: bytes,
      bytesTotal: counts() ? place.rawBytes : current === 'log' ? logParts : null,
      ...(current === 'log' && logTime !== undefined && { logTime }),
    });
  let began = false;
  return {
    phase: (next) => {
      if (began) say('done');
      began = true;
      current = next;
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
    done: () => say('done'),
    failed: () => say('failed'),
  };
}
