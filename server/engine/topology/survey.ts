import type { ClusterKind, TableInfo } from '#server/contract/cluster.ts';
import type { TableName } from '#server/contract/table-name.ts';
import type { MysqlAccess } from '../access.ts';

/** Where one piece of a table lies, by the names that the catalogs of the cluster give it. */
export interface Place {
  node: string;
  database: string;
  table: string;
  /** Name of the leaf partition on the computing node; null where the table is one piece. */
  partition: string | null;
}

/** One storage node, and the foreign servers of the computing node that point at it (none on `mysql`), by name. */
export interface StorageNode {
  name: string;
  servers: string[];
  access: MysqlAccess;
}

/** A relation as the user sees it. `problem` says in words why its rows cannot be backed up; null when they can. */
export interface Relation {
  name: TableName;
  kind: TableInfo['kind'];
  places: Place[];
  problem: string | null;
}

/**
 * What the catalogs say about where tables lie, before any storage node of an `fdw` cluster was asked: nodes sorted by
 * name, relations by schema and name.
 */
export interface Survey {
  kind: ClusterKind;
  nodes: StorageNode[];
  relations: Relation[];
  /** Partitions (any level) → the table they are part of; a partition is no table of its own. Keys as formatted names. */
  partitionOf: Map<string, TableName>;
}

/** Order of names that no locale changes. */
export function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
