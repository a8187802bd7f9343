import type { TidemarkError } from '#server/base/error.ts';
import type { TakenCut } from '#server/engine/mysql/cut.ts';
import { type DumpOptions, type DumpResult, dumpFragments, type FragmentProgress } from '#server/engine/mysql/dump.ts';
import { openSegmentWriter } from '#server/pipeline/segment-writer.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { Attempt } from '../attempt.ts';
import { type FragmentWork, fragmentLabel, type TableWork } from './table-work.ts';
import type { TableWriter } from './write-tables.ts';

/** What all readings of one backup share. */
export interface Reading {
  attempt: Attempt;
  storage: Storage;
  writer: TableWriter;
  /** Numbers this attempt's segments. */
  nextOrdinal: () => number;
  limits: Pick<DumpOptions<FragmentWork>, 'pace' | 'maxSnapshotAgeMs'>;
}

/**
 * Reads the rows of these tables from a cut into segments of this attempt. `begun` gets the fragments of which rows were
 * read. Errors: as dumpFragments and the writer.
 */
export async function dumpTables(
  { attempt, storage, writer, nextOrdinal, limits }: Reading,
  cut: TakenCut,
  tables: readonly TableWork[],
  { later, begun }: { later: boolean; begun: Set<FragmentWork> },
): Promise<DumpResult<FragmentWork>> {
  const { stop, abandon } = attempt.cancellation;
  const fragments = tables.filter((table) => table.error === null).flatMap((table) => table.fragments);
  for (const fragment of fragments) reportRows(attempt, fragment, 'waiting');
  const result = await dumpFragments({
    ...limits,
    cut,
    later,
    fragments,
    openWriter: () => openSegmentWriter({ storage, attemptId: attempt.attemptId, nextOrdinal, signal: stop }),
    stop,
    abandon,
    clock: attempt.clock,
    onWaited: (ms) => attempt.writerWaited(ms),
    onDone: (fragment, dumped) => writer.add(fragment, dumped),
    onProgress: (fragment, progress) => {
      if (progress.rows > 0n) begun.add(fragment);
      reportRows(attempt, fragment, progress.done ? 'done' : 'running', progress);
    },
    onAgain: (fragment, reason) => tellAgain(attempt, fragment, reason),
  });
  for (const [fragment, outcome] of result.fragments) {
    if (outcome instanceof Error && !stop.aborted) reportRows(attempt, fragment, 'failed');
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
  const { expected } = fragment;
  // An estimate that has been passed would only say something false; one that nobody made says nothing.
  const atLeast = (now: number, before: number | undefined, done: number) =>
    now === 0 && before === undefined ? null : Math.max(now === 0 ? before! : now, done);
  attempt.report({
    table: fragment.label,
    fragment: fragmentLabel(fragment),
    phase: 'rows',
    state,
    rowsDone,
    rowsTotal: ended ? rowsDone : atLeast(expectedRows, expected?.rows, rowsDone),
    bytesDone: rawBytes,
    bytesTotal: ended ? rawBytes : atLeast(expectedBytes, expected?.bytes, rawBytes),
  });
}
