import { exactDuration, parseDuration, parseSize } from '#server/base/units.ts';
import { leastByteRate, snapshotAge } from '#server/contract/backup.ts';

/** How gently a backup reads, as it is typed; what is empty is not bounded. */
export interface GentleFields {
  rate: string;
  threads: string;
  age: string;
  readFrom: 'primary' | 'replica';
}

export const emptyGentle: GentleFields = {
  rate: '',
  threads: '',
  age: exactDuration(snapshotAge.defaultMs),
  readFrom: 'primary',
};

/** What the API is asked, or what is wrong with which field, in a sentence. */
export function gentleOf(fields: GentleFields) {
  const wrong: Partial<Record<keyof GentleFields, string>> = {};
  const read = <T>(field: 'rate' | 'threads' | 'age', text: string, parse: () => T, message: string): T | null => {
    if (text.trim() === '') return null;
    try {
      return parse();
    } catch {
      wrong[field] = message;
      return null;
    }
  };
  const maxBytesPerSecond = read(
    'rate',
    fields.rate,
    () => parseSize(fields.rate, { min: leastByteRate }),
    'A size such as 50MiB, of 64KiB or more.',
  );
  const maxThreadsRunning = read(
    'threads',
    fields.threads,
    () => wholeNumber(fields.threads),
    'A number from 1 to 100000.',
  );
  const { minMs: min, maxMs: max } = snapshotAge;
  const age = read(
    'age',
    fields.age,
    () => parseDuration(fields.age, { min, max }),
    'A time such as 6h, from 1m to 7d.',
  );
  const value = {
    maxBytesPerSecond,
    maxThreadsRunning,
    maxSnapshotAgeMs: age ?? snapshotAge.defaultMs,
    readFrom: fields.readFrom,
  };
  return { value, wrong };
}

function wholeNumber(text: string): number {
  const value = Number(text.trim());
  if (!/^\d+$/.test(text.trim()) || value < 1 || value > 100_000) throw new RangeError(text);
  return value;
}
