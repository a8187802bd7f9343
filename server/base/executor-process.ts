/**
 * How an executor's process is started, so that its memory stays small; `npm run executor` says the same. MiB of each half
 * of the young heap: with Node's own 16, 5,000 tables take 100 MiB more, in no less time.
 */
export const executorFlags = ['--max-semi-space-size=4'];

/** Memory that one thread frees goes to the next, not to a store of its own. */
export const executorEnvironment = { MALLOC_ARENA_MAX: '2' };
