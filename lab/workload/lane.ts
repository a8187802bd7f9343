/** `skipped`: the row that was wanted is not there, nothing was changed. */
export type Step = 'transaction' | 'cross-shard' | 'skipped';

/** One stream of transactions, one after the other, with sessions of its own. */
export interface Lane {
  step(): Promise<Step>;
  /** After a failed step: drops the sessions and ends what was left half done. May fail, and is then tried again. */
  recover(): Promise<void>;
  close(): Promise<void>;
}
