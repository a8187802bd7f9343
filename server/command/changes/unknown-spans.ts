import type { UnknownSpan } from '#server/contract/changes.ts';
import type { PartChanges } from './part-changes.ts';
import type { PartFacts } from './part-facts.ts';

/** A segment or a piece of the tail, in the order of the log. */
export interface ReadPart {
  readonly sequence: number;
  /** Of the tail: which one, from 0. */
  readonly piece: number | null;
  /** null: not even that can be read. */
  readonly facts: PartFacts | null;
  readonly changes: PartChanges | null;
  /** Why it says nothing; null: it does, or was not asked. */
  readonly problem: string | null;
}

interface Asked {
  readonly node: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Where a log says nothing of a span, from its parts in order: what is damaged or missing, and gaps that were there when
 * it was archived. Of what cannot even tell its times it is all between its neighbours.
 */
export function unknownSpans(parts: readonly ReadPart[], { node, fromMs, toMs }: Asked): UnknownSpan[] {
  const log = `the log of node ${node}`;
  const spans: UnknownSpan[] = [];
  const say = (from: number, to: number, reason: string) => {
    const [begins, ends] = [Math.max(from, fromMs), Math.min(to, toMs)];
    if (begins < ends) spans.push({ node, from: instant(begins), to: instant(ends), reason });
  };
  for (const [at, part] of parts.entries()) {
    const before = parts[at - 1];
    const from = parts.slice(0, at).findLast(({ facts }) => facts?.lastMs)?.facts?.lastMs ?? fromMs;
    const nextFirst = () => parts.slice(at + 1).find(({ facts }) => facts?.firstMs)?.facts?.firstMs ?? toMs;
    const { sequence, piece, facts, problem } = part;
    if (before && sequence > before.sequence + 1) {
      const [first, last] = [before.sequence + 1, sequence - 1];
      const which = first === last ? `segment ${first} of ${log} is` : `segments ${first} to ${last} of ${log} are`;
      say(from, facts?.firstMs ?? nextFirst(), `${which} missing on the destination`);
    }
    if (before && facts?.gap) say(from, facts.firstMs ?? nextFirst(), facts.gap);
    if (problem !== null) {
      const what = piece === null ? `segment ${sequence} of ${log}` : `what is not sealed yet of ${log}`;
      say(facts?.firstMs ?? from, endOf(facts) ?? nextFirst(), `${what} cannot be used: ${problem}`);
    }
    const leftOut = part.changes?.leftOutFrom ?? null;
    if (leftOut !== null) {
      const reason = `${log} has more statements here than its index lists; changes of rows are counted all the same`;
      say(leftOut * 1000, endOf(facts) ?? nextFirst(), reason);
    }
  }
  return spans;
}

/** Times are told to the second: up to the end of it. */
const endOf = (facts: ReadPart['facts']) => (facts?.lastMs == null ? null : facts.lastMs + 999);

const instant = (ms: number) => new Date(ms).toISOString();
