import { generatedName } from '#server/engine/generated-name.ts';
import type { ComputingDefinition } from '#server/manifest/schema.ts';

/** A relation by schema and name, unquoted. */
export interface Relation {
  schema: string;
  name: string;
}

export type Partition = ComputingDefinition['partitions'][number];

/** Where the rows of one leaf (or of an unpartitioned table) lie: a foreign server, and what it is told. */
export interface Placement {
  server: string;
  database: string;
  table: string;
}

/** What a definition becomes: its new name, a new name for every partition, and a place for every leaf. */
export interface NewPlace {
  root: Relation;
  nameOf(partition: Relation): Relation;
  placeOf(leaf: Relation): Placement;
}

/** `schema.name` as one text that no other relation has: the key of a partition within its table. */
export const relationKey = (relation: Relation) => JSON.stringify([relation.schema, relation.name]);

/**
 * Names for the partitions of a table that gets another name: `t_p0` of `t` becomes `<new>_p0`, and a partition that
 * does not begin with the table's name becomes `<new>_<its name>`. Partitions in the table's own schema move with it,
 * others stay in theirs. Names stay within 63 bytes and different from one another.
 */
export function partitionNames(partitions: readonly Partition[], from: Relation, to: Relation): Map<string, Relation> {
  const names = new Map<string, Relation>();
  const taken = new Set<string>([relationKey(to)]);
  for (const partition of partitions) {
    const schema = partition.schema === from.schema ? to.schema : partition.schema;
    const keep = from.name === to.name && schema !== partition.schema;
    const rest = partition.name.startsWith(from.name) ? partition.name.slice(from.name.length) : `_${partition.name}`;
    let name = keep ? partition.name : generatedName(to.name, rest, 'postgres');
    for (let n = 2; taken.has(relationKey({ schema, name })); n++)
      name = generatedName(to.name, `${rest}_${n}`, 'postgres');
    taken.add(relationKey({ schema, name }));
    names.set(relationKey(partition), { schema, name });
  }
  return names;
}
