import type { Filter } from './filter.ts';

/** Counts bytes. */
export function sizeFilter(): Filter<number> {
  let bytes = 0;
  return {
    take: (piece) => {
      bytes += piece.length;
    },
    result: () => bytes,
  };
}
