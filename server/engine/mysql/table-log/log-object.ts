import type { LogIndex } from '#server/manifest/log-schema.ts';
import type { Storage } from '#server/storage/contract.ts';

/** A sealed segment of a node's log archive, or a piece of its tail: where it lies and what its index says. */
export interface LogObject {
  readonly storage: Storage;
  readonly key: string;
  readonly index: LogIndex;
}
