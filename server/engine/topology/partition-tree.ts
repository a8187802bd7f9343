import { formatTableName, type TableName } from '#server/contract/table-name.ts';
import { type ForeignServer, serverKind } from './storage-nodes.ts';
import type { Place, Relation } from './survey.ts';

/** A row of pg_class, with what pg_inherits and pg_foreign_table add to it. */
export interface CatalogRelation {
  oid: number;
  schema: string;
  name: string;
  /** relkind: r local table, f foreign table, p partitioned, v view, m materialized view, S sequence. */
  relkind: string;
  /** Set for a partition of a partitioned table; plain inheritance is not partitioning and leaves it null. */
  parent: number | null;
  server: number | null;
  /** Options `dbname` and `table_name` of a foreign table; null where not set. */
  optionDatabase: string | null;
  optionTable: string | null;
}

export interface CatalogServers {
  byOid: ReadonlyMap<number, ForeignServer>;
  /** Foreign server name → node name. */
  nodeOf: ReadonlyMap<string, string>;
}

/** Trees of any depth become one relation each, with a place per leaf; partitions are not listed on their own. */
export function relationsOf(
  database: string,
  rows: readonly CatalogRelation[],
  servers: CatalogServers,
): { relations: Relation[]; partitionOf: Map<string, TableName> } {
  const children = new Map<number, CatalogRelation[]>();
  for (const row of rows) {
    if (row.parent === null) continue;
    const siblings = children.get(row.parent);
    if (siblings) siblings.push(row);
    else children.set(row.parent, [row]);
  }
  const nameOf = (row: CatalogRelation): TableName => ({ database, schema: row.schema, table: row.name });
  const partitionOf = new Map<string, TableName>();
  const relations: Relation[] = [];
  for (const root of rows) {
    if (root.parent !== null) continue;
    if (root.relkind !== 'p') {
      relations.push(unpartitioned(nameOf(root), root, servers));
      continue;
    }
    const leaves: CatalogRelation[] = [];
    descend(root, children, (row, isLeaf) => {
      partitionOf.set(formatTableName(nameOf(row)), nameOf(root));
      if (isLeaf) leaves.push(row);
    });
    relations.push(partitioned(nameOf(root), leaves, servers));
  }
  return { relations, partitionOf };
}

function descend(
  parent: CatalogRelation,
  children: ReadonlyMap<number, CatalogRelation[]>,
  visit: (row: CatalogRelation, isLeaf: boolean) => void,
): void {
  for (const child of children.get(parent.oid) ?? []) {
    visit(child, child.relkind !== 'p');
    descend(child, children, visit);
  }
}

function unpartitioned(name: TableName, row: CatalogRelation, servers: CatalogServers): Relation {
  if (row.relkind === 'v') return { name, kind: 'view', places: [], problem: 'a view holds no rows of its own' };
  if (row.relkind === 'm') return { name, kind: 'view', places: [], problem: onComputingNode };
  if (row.relkind === 'S') return { name, kind: 'sequence', places: [], problem: onComputingNode };
  const found = placeOf(row, servers, null);
  return { name, kind: 'table', ...asPlaces([found]) };
}

function partitioned(name: TableName, leaves: readonly CatalogRelation[], servers: CatalogServers): Relation {
  if (leaves.length === 0) {
    return { name, kind: 'partitioned', places: [], problem: 'it has no partition that could hold a row' };
  }
  const { places, problem } = asPlaces(leaves.map((leaf) => placeOf(leaf, servers, leaf.name)));
  return { name, kind: 'partitioned', places, problem: problem ?? sharedPlace(places) };
}

const onComputingNode = 'rows lie on the computing node itself; not supported yet';

function placeOf(row: CatalogRelation, servers: CatalogServers, partition: string | null): Place | string {
  const prefix = partition === null ? '' : `partition ${partition}: `;
  if (row.relkind !== 'f') return prefix + onComputingNode;
  const server = row.server === null ? undefined : servers.byOid.get(row.server);
  const kind = server === undefined ? 'other' : serverKind(server);
  if (kind === 'postgres') return `${prefix}rows lie on a PostgreSQL server; not supported yet`;
  const node = server === undefined ? undefined : servers.nodeOf.get(server.name);
  if (kind === 'other' || node === undefined) {
    return `${prefix}rows are reached through ${server?.wrapper ?? 'an unknown wrapper'}; not supported`;
  }
  return { node, database: row.optionDatabase ?? row.schema, table: row.optionTable ?? row.name, partition };
}

function asPlaces(found: readonly (Place | string)[]): Pick<Relation, 'places' | 'problem'> {
  const places = found.filter((one) => typeof one !== 'string');
  return { places, problem: found.find((one) => typeof one === 'string') ?? null };
}

/** Two leaves over one storage table would give every row of it twice; of one name (in two schemas) they are one. */
function sharedPlace(places: readonly Place[]): string | null {
  const seen = new Map<string, string | null>();
  const names = new Set<string | null>();
  for (const place of places) {
    const key = JSON.stringify([place.node, place.database, place.table]);
    const other = seen.get(key);
    if (other !== undefined) return `partitions ${other} and ${place.partition} lie in one storage table`;
    seen.set(key, place.partition);
    if (names.has(place.partition)) return `two partitions are named ${place.partition}; not supported`;
    names.add(place.partition);
  }
  return null;
}
