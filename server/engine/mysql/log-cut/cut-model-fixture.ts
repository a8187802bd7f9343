import type { StoryGroup, StoryNode } from './cut-story-fixture.ts';

/** For tests: what a node takes in, as numbers of its groups: those before `border`, and with `isIn` of the deeds that are. */
export interface ModelCut {
  readonly borders: number[];
  readonly isIn: ReadonlySet<string>;
}

interface Times {
  readonly earliestMs: number;
  readonly atMs: number;
}

/** Times of groups by the rule, said in the shortest way. */
export function timesOf({ groups, skewMs }: StoryNode): Times[] {
  return groups.map((_, number) => {
    const before = groups.slice(0, number + 1);
    const earliestMs = Math.max(...before.map((one) => Math.min(one.timestamp * 1_000 - skewMs, one.receivedMs)));
    const atMs = Math.max(
      ...before.map((one, at) => {
        const earliest = Math.max(
          ...before.slice(0, at + 1).map((each) => Math.min(each.timestamp * 1_000 - skewMs, each.receivedMs)),
        );
        return Math.min(earliest + 999, one.receivedMs);
      }),
    );
    return { earliestMs, atMs };
  });
}

/**
 * The rule over everything that is known, without windows or forgetting. `floors`: what the backup holds; `known`: groups
 * of each node that are archived.
 */
export function modelCut(
  nodes: readonly StoryNode[],
  atMs: number,
  floors: readonly number[],
  known: readonly number[] = nodes.map(({ groups }) => groups.length),
): ModelCut {
  const borders = nodes.map((node, at) => {
    const first = timesOf(node).findIndex((times) => times.atMs > atMs);
    return Math.max(floors[at]!, Math.min(known[at]!, first < 0 ? node.groups.length : first));
  });
  for (;;) {
    const isIn = new Set(
      nodes.flatMap(({ groups }, at) =>
        groups
          .slice(0, borders[at])
          .filter(({ kind }) => kind === 'commit' || kind === 'local')
          .map(({ deed }) => deed.name),
      ),
    );
    const moved = nodes.map(({ groups }, at) => {
      const last = groups
        .slice(0, known[at])
        .findLastIndex(({ kind, deed }) => kind === 'prepare' && isIn.has(deed.name));
      return Math.max(borders[at]!, last + 1);
    });
    if (moved.every((border, at) => border === borders[at])) return { borders, isIn };
    borders.splice(0, borders.length, ...moved);
  }
}

/** Where the part of a deed on a node was completed; the number behind all groups where it was not. */
export function doneAt({ groups }: StoryNode, { deed, kind }: StoryGroup): number {
  if (kind === 'local') return groups.findIndex((one) => one.deed === deed);
  const done = groups.findIndex((one) => one.deed === deed && (one.kind === 'commit' || one.kind === 'rollback'));
  return done < 0 ? groups.length : done;
}
