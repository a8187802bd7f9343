/** Enough that a server never waits for our next question, few enough that what it has not read yet stays small. */
const depth = 32;

/**
 * Asks one question per item over a connection without waiting for each answer, and answers in the items' order. After
 * an error nothing more is asked, and it is thrown when what was asked has been answered.
 */
export async function pipelined<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  let next = 0;
  let failed: { error: unknown } | undefined;
  const lane = async () => {
    while (next < items.length && !failed) {
      const n = next++;
      try {
        answers[n] = await ask(items[n]!);
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(depth, items.length) }, lane));
  if (failed) throw failed.error;
  return answers;
}
