import { createHash } from 'node:crypto';
import type { Filter } from './filter.ts';

/** SHA-256 of all bytes, as 64 lower-case hex digits. */
export function hashFilter(): Filter<string> {
  const hash = createHash('sha256');
  return {
    take: (piece) => {
      hash.update(piece);
    },
    result: () => hash.digest('hex'),
  };
}
