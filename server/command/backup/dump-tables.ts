import type { TidemarkError } from '#server/base/error.ts';
import type { TakenCut } from '#server/engine/mysql/cut.ts';
import { type DumpResult, dumpFragments, type FragmentProgress } from '#server/engine/mysql/dump.ts';
import { openSegmentWriter } from '#server/pipeline/segment-writer.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { Attempt } from '../attempt.ts';
import { type FragmentWork, fragmentLabel, type TableWork } from './table-work.ts';
import type { TableWriter } from './write-tables.ts';

/** Reads the rows of all tables from the cut into segments of this attempt. Errors: as dumpFragments and the writer. */
export async function dumpTables(
  attempt: Attempt,
  storage: Storage,
  cut: TakenCut,
  tables: readonly TableWork[],
  writer: TableWriter,
): Promise<DumpResult<FragmentWork>> {
  const { stop, abandon } = attempt.cancellation;
  const fragments = tables.filter((table) => table.error === null).flatMap((table) => table.fragments);
  for (const fragment of fragments) reportRows(attempt, fragment, 'waiting');
  let ordinal = 0;
  const result = await dumpFragments({
    cut,
    fragments,
    openWriter: () =>
      openSegmentWriter({ storage, attemptId: attempt.attemptId, nextOrdinal: () => ordinal++, signal: stop }),
    stop,
    abandon,
    clock: attempt.clock,
    onDone: (fragment, dumped) => writer.add(fragment, dumped),
    onProgress: (fragment, progress) => reportRows(attempt, fragment, progress.done ? 'done' : 'running', progress),
    onAgain: (fragment, reason) => tellAgain(attempt, fragment, reason),
  });
  for (const [fragment, outcome] of result.fragments) {
    if (outcome instanceof Error) reportRows(attempt, fragment, 'failed');
  }
  return result;
}

function tellAgain(attempt: Attempt, fragment: FragmentWork, reason: TidemarkError): void {
  attempt.event('warn', `${reason.message}; ${fragment.label} is read again from a later moment of its own`);
}

function reportRows(
  attempt: Attempt,
  fragment: FragmentWork,
  state: 'waiting' | 'running' | 'done' | 'failed',
  progress?: FragmentProgress,
): void {
  const { rows = 0n, rawBytes = 0, expectedRows = 0, expectedBytes = 0 } = progress ?? {};
  const rowsDone = Number(rows);
  const ended = state === 'done';
  // An estimate that has been passed would only say something false.
  const atLeast = (estimate: number, done: number) => (estimate === 0 ? null : Math.max(estimate, done));
  attempt.report({
    table: fragment.label,
    fragment: fragmentLabel(fragment),
    phase: 'rows',
    state,
    rowsDone,
    rowsTotal: ended ? rowsDone : atLeast(expectedRows, rowsDone),
    bytesDone: rawBytes,
    bytesTotal: ended ? rawBytes : atLeast(expectedBytes, rawBytes),
  });
}
