import { TidemarkError } from '#server/base/error.ts';
import { type StorageTable, type StorageTables, storageProblem } from './storage-tables.ts';
import type { Place, Relation } from './survey.ts';

/** What a storage node answered: its tables, or why it did not answer. */
export type NodeAnswer = StorageTables | TidemarkError;

export interface ResolvedRelation extends Relation {
  /** The table behind each place, in the same order; null where the node did not answer or has none. */
  found: (StorageTable | null)[];
  /** Set when the problem is a node that did not answer, and so may be gone the next time. */
  unanswered: TidemarkError | null;
}

/** Compares what the computing node says with what lies on the storage nodes; places then carry the real names. */
export function resolveRelation(relation: Relation, answers: ReadonlyMap<string, NodeAnswer>): ResolvedRelation {
  let problem = relation.problem;
  let unanswered: TidemarkError | null = null;
  const found: (StorageTable | null)[] = [];
  const places = relation.places.map((place): Place => {
    const answer = answers.get(place.node);
    if (answer === undefined || answer instanceof TidemarkError) {
      unanswered ??= answer ?? null;
      found.push(null);
      return place;
    }
    const table = answer.find(place) ?? null;
    found.push(table);
    problem ??= problemOf(place, table);
    return table === null ? place : { ...place, database: table.database, table: table.table };
  });
  return { ...relation, places, problem, found, unanswered };
}

function problemOf(place: Place, table: StorageTable | null): string | null {
  const where = `${place.database}.${place.table} on node ${place.node}`;
  if (table === null) return `there is no table ${where}, or the user may not see it`;
  if (table.kind !== 'table') return `${where} is a ${table.kind}, not a table`;
  const problem = storageProblem(table);
  return problem === null ? null : `${where}: ${problem}`;
}
