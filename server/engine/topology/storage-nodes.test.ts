import { expect, test } from 'vitest';
import { type ForeignServer, storageNodes } from './storage-nodes.ts';

const login = { user: 'tidemark', password: 'secret', tls: { mode: 'disable' as const } };
const server = (
  name: string,
  host: string | null,
  port: string | null,
  handler = 'mysql_fdw_handler',
): ForeignServer => ({
  oid: 0,
  name,
  handler,
  wrapper: 'w',
  host,
  port,
});
const nodesAt = (computingHost: string, ...servers: ForeignServer[]) =>
  storageNodes(servers, { host: computingHost }, login).map(({ name, servers: all, access }) => ({
    name,
    servers: all,
    address: `${access.host}:${access.port}`,
    node: access.node,
  }));

test('two servers with one address are one node, named like the first of them by name', () => {
  expect(nodesAt('pg', server('z', 'DB1', '3306'), server('a', 'db1', null), server('m', 'db2', '3306'))).toEqual([
    { name: 'a', servers: ['a', 'z'], address: 'db1:3306', node: 'a' },
    { name: 'm', servers: ['m'], address: 'db2:3306', node: 'm' },
  ]);
});

test('one port reached through two names of this machine is one node', () => {
  expect(nodesAt('127.0.0.1', server('a', 'localhost', '3307'), server('b', '127.0.0.1', '3307'))).toHaveLength(1);
});

test('a loopback address is the computing node, seen from another machine', () => {
  expect(nodesAt('pg.example', server('s', null, '3307'))[0]!.address).toBe('pg.example:3307');
  expect(nodesAt('pg.example', server('s', 'localhost', null))[0]!.address).toBe('pg.example:3306');
  expect(nodesAt('127.0.0.1', server('s', '127.0.0.1', '3307'))[0]!.address).toBe('127.0.0.1:3307');
});

test('no storage node takes the name of the computing node', () => {
  expect(nodesAt('pg', server('computing', 'a', null), server('computing_server', 'b', null))).toMatchObject([
    { name: 'computing_server_', node: 'computing_server_' },
    { name: 'computing_server' },
  ]);
});

test('servers of other wrappers are no storage nodes', () => {
  expect(nodesAt('pg', server('s', 'a', null, 'postgres_fdw_handler'))).toEqual([]);
});
