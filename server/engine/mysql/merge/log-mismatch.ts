import { TidemarkError } from '#server/base/error.ts';
import { unpackPosition } from './log-position.ts';

/** Longer keys are cut in messages: they may be whole rows. */
const shownKeyBytes = 64;

/**
 * The log and the rows it is applied to do not belong together. `position` is where the log says what cannot be; `key`
 * is the row's key in canonical form, shown as hex because only the table's owner may read values out of it.
 */
export function logMismatch(what: string, key: Uint8Array, position: number): TidemarkError {
  const { file, offset } = unpackPosition(position);
  const shown = Buffer.from(key.subarray(0, shownKeyBytes)).toString('hex');
  return new TidemarkError('restore/log-mismatch', `${what} (log file ${file}, byte ${offset})`, {
    context: { key: key.length > shownKeyBytes ? `${shown}…` : shown, file, offset },
  });
}
