import { asTidemarkError } from '#server/base/error.ts';
import { exactDuration } from '#server/base/units.ts';
import { type TakenCut, takeCut } from '#server/engine/mysql/cut.ts';
import type { CutNode } from '#server/engine/mysql/cut-sessions.ts';
import type { DumpResult } from '#server/engine/mysql/dump.ts';
import { dumpTables, type Reading } from './dump-tables.ts';
import type { NodeWatch } from './node-watch.ts';
import type { FragmentWork, TableWork } from './table-work.ts';
import { noteSessions } from './take-over.ts';

export interface RowsRead {
  segments: DumpResult<FragmentWork>['segments'];
  longestLockWaitMs: number;
  /** Of all cuts, the first too. */
  longestHeldMs: number;
}

export interface RowsToRead extends Reading {
  first: TakenCut;
  tables: readonly TableWork[];
  watch: NodeWatch;
  maxSnapshotAgeMs: number;
  parallel: number;
}

/** How often a table may be begun and not be done before its snapshot is too old: once more, from the very beginning. */
const mostCutShort = 2;

/**
 * Reads all tables from the first cut. A snapshot that reaches its age is given up, so that the servers can purge; tables
 * that were not read wholly by then are read, each whole, from a new cut over their nodes, with positions of their own,
 * and say so. One that is cut short twice fails by name, as do all when a cut brings no table at all: more of the same
 * would go on for ever. Errors: as dumpFragments and takeCut.
 */
export async function readRows(work: RowsToRead): Promise<RowsRead> {
  const { attempt, writer, watch, maxSnapshotAgeMs } = work;
  const cutShort = new Map<TableWork, number>();
  const read: RowsRead = { segments: [], longestLockWaitMs: 0, longestHeldMs: work.first.cut.heldMs };
  let cut = work.first;
  let tables = work.tables;
  for (let round = 1; ; round++) {
    const before = writer.tablesWritten;
    const begun = new Set<FragmentWork>();
    watch.snapshotOpened(
      cut.sessions.map(({ node }) => node.name),
      maxSnapshotAgeMs,
    );
    const dump = await dumpTables(work, cut, tables, { later: round > 1, begun }).finally(() => cut.close());
    await writer.flush();
    read.segments.push(...dump.segments);
    read.longestLockWaitMs = Math.max(read.longestLockWaitMs, dump.longestLockWaitMs);
    const late = writer.finishRound(dump).filter((table) => {
      const times = (cutShort.get(table) ?? 0) + Number(table.fragments.some((fragment) => begun.has(fragment)));
      cutShort.set(table, times);
      return times < mostCutShort;
    });
    const isStuck = writer.tablesWritten === before && round > 1;
    if (late.length === 0 || isStuck) return read;
    // What was begun goes first: it has the whole of the next snapshot's time.
    tables = late.sort((a, b) => cutShort.get(b)! - cutShort.get(a)!);
    try {
      cut = await takeLaterCut(work, tables);
    } catch (thrown) {
      const error = asTidemarkError(thrown);
      if (attempt.cancellation.stop.aborted || error.code.startsWith('job/')) throw error;
      // What was read in hours is worth publishing without the rest.
      for (const table of tables) table.error = error;
      return read;
    }
    read.longestHeldMs = Math.max(read.longestHeldMs, cut.cut.heldMs);
    const age = exactDuration(maxSnapshotAgeMs);
    attempt.event(
      'warn',
      `the snapshot was open for ${age}, as long as it may; ${plural(tables.length)} left and read from a new one, as of ${cut.cut.at}`,
    );
    for (const table of tables) {
      writer.startOver(table);
      table.left.push(
        `its rows are as of ${cut.cut.at}, later than the rest: the first snapshot had been open for ${age}`,
      );
    }
  }
}

async function takeLaterCut({ attempt, first, parallel }: RowsToRead, tables: readonly TableWork[]): Promise<TakenCut> {
  const needed = new Set(tables.flatMap(({ fragments }) => fragments.map(({ node }) => node)));
  const nodes: CutNode[] = first.sessions.map(({ node }) => node).filter(({ name }) => needed.has(name));
  const { stop, abandon } = attempt.cancellation;
  const taken = await takeCut(nodes, { connectionsPerNode: parallel, stop, abandon, clock: attempt.clock });
  try {
    await noteSessions(attempt, taken);
    attempt.writerWaited(taken.cut.heldMs);
    return taken;
  } catch (error) {
    await taken.close();
    throw error;
  }
}

const plural = (tables: number) => (tables === 1 ? '1 table is' : `${tables} tables are`);
