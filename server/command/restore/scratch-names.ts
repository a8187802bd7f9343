import type { PlanTable } from '#server/contract/restore.ts';
import { scratchDatabase } from '#server/engine/mysql/staging.ts';

type Place = PlanTable['fragments'][number];

/**
 * Which scratch database of an attempt each fragment is staged in. Fragments that come from one database and go to one
 * share theirs, because making and dropping one costs more than a small table; there the names of tables and keys
 * cannot clash. One that would clash all the same (a table restored twice, names that differ in case) gets its own.
 */
export function scratchNames(attemptId: string): (place: Pick<Place, 'source' | 'target'>) => string {
  const shared = new Map<string, string>();
  const taken = new Set<string>();
  let last = 0;
  return ({ source, target }) => {
    const group = JSON.stringify([source.node, source.database, target.node, target.database]);
    const table = `${group} ${source.table.toLowerCase()}`;
    const known = taken.has(table) ? undefined : shared.get(group);
    const name = known ?? scratchDatabase(attemptId, ++last);
    if (!shared.has(group)) shared.set(group, name);
    taken.add(table);
    return name;
  };
}
