import { asTidemarkError, TidemarkError } from '#server/base/error.ts';
import { exactDuration } from '#server/base/units.ts';
import { mysqlErrno } from './errno.ts';
import type { FragmentToDump } from './fragment-take.ts';

/** What an error while reading a table means for the table and for the whole dump. */
export interface TakeFault {
  /** `again`: another reading may succeed. `failed`: this table is lost. `fatal`: nothing can be kept. */
  readonly means: 'again' | 'failed' | 'fatal';
  readonly error: TidemarkError;
}

/** The table changed since the snapshot, is being changed, or our statement was ended by somebody. */
const passing = new Set([1412, 1205, 1317, 1969, 1176, 1054]);
const gone = new Set([1146, 1049, 1051]);

export function takeFault(thrown: unknown, { node, database, table }: FragmentToDump): TakeFault {
  const error = asTidemarkError(thrown);
  if (/^(destination|job)\//.test(error.code) || error.code === 'internal/thread-ended')
    return { means: 'fatal', error };
  const errno = mysqlErrno(error) ?? 0;
  if (gone.has(errno) || error.code === 'table/not-found') {
    const message = `table ${database}.${table} on node ${node} is not there any more`;
    return { means: 'failed', error: new TidemarkError('table/not-found', message, { cause: error }) };
  }
  if (passing.has(errno)) {
    const message = `table ${database}.${table} on node ${node} was changed while it was read`;
    return { means: 'again', error: new TidemarkError('table/changed', message, { cause: error }) };
  }
  return { means: error.code === 'node/connection-lost' || error.code === 'table/changed' ? 'again' : 'failed', error };
}

/** Some changes are invisible to the snapshot: the server would show old rows under the new definition. */
export function changedSinceCut({ node, database, table }: FragmentToDump): TidemarkError {
  return new TidemarkError('table/changed', `table ${database}.${table} on node ${node} was altered after the cut`);
}

/** Sessions waited for the lock of a table that was being read. */
export function gaveWay({ node, database, table }: FragmentToDump, waitedMs: number): TidemarkError {
  const seconds = (waitedMs / 1000).toFixed(1);
  const message = `table ${database}.${table} on node ${node} was let go because a session had waited ${seconds} s for it`;
  return new TidemarkError('table/changed', message, {
    hint: 'Run the backup again when nobody alters the table.',
    context: { node, database, table, waitedMs: Math.round(waitedMs) },
  });
}

/** The snapshot was open for as long as it may be, and this was not read from it yet. */
export function snapshotTooOld({ node, database, table }: FragmentToDump, ageMs: number): TidemarkError {
  const message = `the snapshot of node ${node} was open for ${exactDuration(ageMs)} before ${database}.${table} was read from it`;
  return new TidemarkError('backup/snapshot-too-old', message, { context: { node, database, table, ageMs } });
}
