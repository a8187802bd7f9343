import type { FragmentInfo, TableInfo } from '#server/contract/cluster.ts';
import { formatTableName } from '#server/contract/table-name.ts';
import { type NodeAnswer, resolveRelation } from './resolve.ts';
import type { Relation } from './survey.ts';

/**
 * A relation as it is kept in a topology snapshot. A node that did not answer leaves zeros and no problem: whether the
 * table can be backed up is asked again, live, when somebody wants to.
 */
export function tableInfo(relation: Relation, answers: ReadonlyMap<string, NodeAnswer>): TableInfo {
  const { name, kind, places, problem, found } = resolveRelation(relation, answers);
  const fragments = places.map((place, index): FragmentInfo => {
    const table = found[index] ?? null;
    return { ...place, estimatedRows: table?.rows ?? 0, bytes: table?.bytes ?? 0, engine: table?.engine ?? null };
  });
  return {
    name: formatTableName(name),
    ...name,
    kind,
    estimatedRows: fragments.reduce((sum, fragment) => sum + fragment.estimatedRows, 0),
    bytes: fragments.reduce((sum, fragment) => sum + fragment.bytes, 0),
    fragments,
    problem,
  };
}
