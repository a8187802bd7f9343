import { hasCode } from '#server/base/error.ts';

const mostTries = 3;

/**
 * Does `work`, which lists a log archive and reads what it found, once more where something was gone meanwhile: pieces of
 * the tail go when they are sealed, and then lie in a segment, which the next list has. `work` is told when it is asked for the last
 * time. Errors: those of `work`; `destination/object-missing` when it is gone three times.
 */
export async function againWhenSealed<T>(work: (isLast: boolean) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work(tries === mostTries);
    } catch (error) {
      if (tries === mostTries || !hasCode(error, 'destination/object-missing')) throw error;
    }
  }
}
