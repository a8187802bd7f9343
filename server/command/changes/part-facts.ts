import type { IndexPlace } from '#server/engine/mysql/log-archive/read-index.ts';
import type { LogSummary } from '#server/manifest/log-schema.ts';

/** What is known of a segment, or of a piece of the tail, apart from tables. Milliseconds since 1970, of the server's clock. */
export interface PartFacts {
  readonly sequence: number;
  /** Of its groups, first and last; without any, when it came. null: nothing did. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** No group up to its end is later. */
  readonly endMs: number;
  /** Why it does not go on where the one before it ended; null: it does, or nothing is before it. */
  readonly gap: string | null;
}

export interface SealFacts extends PartFacts {
  readonly key: string;
  readonly place: IndexPlace;
}

export function factsOf({ sequence, times, received, end, follows, gap, stream }: LogSummary): PartFacts {
  const span = times ?? received;
  const broken = follows === 'gap' || (follows === 'nothing' && sequence > 0);
  return {
    sequence,
    firstMs: span && Date.parse(span.first),
    lastMs: span && Date.parse(span.last),
    endMs: end.time * 1000 + 999,
    gap: broken ? (gap?.message ?? `the log of node ${stream.node} was begun anew`) : null,
  };
}
