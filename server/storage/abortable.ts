import { throwIfStopped } from '#server/base/abort.ts';

/**
 * The same pieces, ending with the signal's reason at the next piece, or at once while the source keeps us waiting.
 * A source that hangs is left behind: its `return` is called and not waited for.
 */
export async function* abortable(source: AsyncIterable<Buffer>, signal?: AbortSignal): AsyncGenerator<Buffer> {
  if (!signal) {
    yield* source;
    return;
  }
  const pieces = source[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<'aborted'>();
  const onAbort = () => aborted.resolve('aborted');
  signal.addEventListener('abort', onAbort, { once: true });
  let ended = false;
  try {
    while (true) {
      throwIfStopped(signal);
      const next = pieces.next();
      const step = await Promise.race([next, aborted.promise]);
      if (step === 'aborted') {
        next.catch(() => {});
        throwIfStopped(signal);
        continue;
      }
      ended = step.done === true;
      if (ended) return;
      yield step.value as Buffer;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!ended) void pieces.return?.()?.then(undefined, () => {});
  }
}
