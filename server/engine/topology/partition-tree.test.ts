import { expect, test } from 'vitest';
import { type CatalogRelation, relationsOf } from './partition-tree.ts';
import type { ForeignServer } from './storage-nodes.ts';

const server = (oid: number, name: string, handler: string): ForeignServer => ({
  oid,
  name,
  handler,
  wrapper: handler.replace('_handler', ''),
  host: null,
  port: null,
});
const servers = [
  server(1, 'shard_1', 'mysql_fdw_handler'),
  server(2, 'elsewhere', 'postgres_fdw_handler'),
  server(3, 'file', 'file_fdw_handler'),
];
const catalogServers = {
  byOid: new Map(servers.map((one) => [one.oid, one])),
  nodeOf: new Map([['shard_1', 'shard_1']]),
};

const relation = (oid: number, name: string, more: Partial<CatalogRelation>): CatalogRelation => ({
  oid,
  schema: 'public',
  name,
  relkind: 'f',
  parent: null,
  server: 1,
  optionDatabase: 'd',
  optionTable: name,
  ...more,
});
const relations = (...rows: CatalogRelation[]) => relationsOf('postgres', rows, catalogServers).relations;

test('a tree of any depth is one table with a place per leaf, whatever order the catalog lists it in', () => {
  const rows = [
    relation(4, 'leaf_deep', { parent: 3 }),
    relation(3, 'middle', { relkind: 'p', parent: 2 }),
    relation(5, 'leaf_shallow', { parent: 1, schema: 'other' }),
    relation(1, 'root', { relkind: 'p', server: null }),
    relation(2, 'upper', { relkind: 'p', parent: 1, server: null }),
  ];
  const { relations: found, partitionOf } = relationsOf('postgres', rows, catalogServers);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ name: { table: 'root' }, kind: 'partitioned', problem: null });
  expect(found[0]!.places.map((place) => place.partition).sort()).toEqual(['leaf_deep', 'leaf_shallow']);
  expect(partitionOf.get('postgres.public.leaf_deep')?.table).toBe('root');
  expect(partitionOf.get('postgres.public.middle')?.table).toBe('root');
});

test('names that a foreign table does not give are its own schema and name', () => {
  const [found] = relations(relation(1, 'T', { optionDatabase: null, optionTable: null, schema: 'S' }));
  expect(found!.places).toEqual([{ node: 'shard_1', database: 'S', table: 'T', partition: null }]);
});

test('a table whose rows lie anywhere else is listed and says where', () => {
  const problems = relations(
    relation(1, 'local', { relkind: 'r', server: null }),
    relation(2, 'remote', { server: 2 }),
    relation(3, 'csv', { server: 3 }),
    relation(4, 'v', { relkind: 'v', server: null }),
    relation(5, 'root', { relkind: 'p', server: null }),
    relation(6, 'leaf', { relkind: 'r', server: null, parent: 5 }),
    relation(7, 'leaf_2', { parent: 5 }),
    relation(8, 'bare', { relkind: 'p', server: null }),
  ).map((one) => one.problem);
  expect(problems).toEqual([
    'rows lie on the computing node itself; not supported yet',
    'rows lie on a PostgreSQL server; not supported yet',
    'rows are reached through file_fdw; not supported',
    'a view holds no rows of its own',
    'partition leaf: rows lie on the computing node itself; not supported yet',
    'it has no partition that could hold a row',
  ]);
});

test('two partitions over one storage table are a problem, not the same rows twice', () => {
  const root = relation(1, 'root', { relkind: 'p', server: null });
  const leaf = (oid: number, name: string) => relation(oid, name, { parent: 1, optionTable: 't' });
  expect(relations(root, leaf(2, 'a'), leaf(3, 'b'))[0]!.problem).toBe('partitions a and b lie in one storage table');
});
