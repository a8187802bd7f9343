import { TidemarkError } from '#server/base/error.ts';
import { instant, parseTransaction, type RestorePoint } from '#server/contract/restore-point.ts';
import { usageError } from './usage-error.ts';

export interface PointOptions {
  at?: string;
  beforeTx?: string;
  afterTx?: string;
  backup?: string;
}

/** Errors: usage, unless exactly one is given and names what it should; `input/instant-without-offset`. */
export function restorePointOf(options: PointOptions): RestorePoint {
  const { at, beforeTx, afterTx, backup } = options;
  const given: RestorePoint[] = [];
  if (at === 'latest') given.push({ kind: 'latest' });
  else if (at !== undefined) given.push({ kind: 'instant', at: parseInstant('--at', at) });
  if (beforeTx !== undefined) given.push({ kind: 'before', transaction: named('--before-tx', beforeTx) });
  if (afterTx !== undefined) given.push({ kind: 'after', transaction: named('--after-tx', afterTx) });
  if (backup !== undefined) given.push({ kind: 'backup', backupId: backup });
  if (given.length === 1) return given[0]!;
  throw usageError(
    given.length === 0 ? 'no restore point is given' : 'more than one restore point is given',
    'Give one of --backup, --at, --before-tx and --after-tx.',
  );
}

function named(option: string, transaction: string): string {
  if (parseTransaction(transaction) !== null) return transaction;
  throw usageError(
    `${option} "${transaction}" names no transaction`,
    'Write its GTID, as in 0-1-42 or s1:0-1-42, or xa: and the id of a global one, as tidemark changes shows them.',
  );
}

/** ISO 8601 with an offset, kept as it was written. Which zone a time without one is in is never guessed. */
export function parseInstant(option: string, text: string): string {
  if (instant.safeParse(text).success) return text;
  const bare = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?$/i.exec(text.trim());
  if (bare) {
    const written = `${bare[1]}T${bare[2]}${bare[3] ?? ':00'}`;
    throw new TidemarkError('input/instant-without-offset', `${option} ${text} has no offset`, {
      hint: `Add the offset: ${written}Z when it is UTC, or as in ${written}+01:00.`,
    });
  }
  throw usageError(`${option} "${text}" is not an instant`, 'Write it as in 2026-11-20T10:15:00Z, with its offset.');
}
