import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectedReplicas } from './connected-replicas.ts';
import { openMysqlConnection } from './connection.ts';
import { type ReplicaFixture, startReplicaFixture } from './replica-fixture.ts';

let lab: ReplicaFixture;

beforeAll(async () => {
  lab = await startReplicaFixture('s1', { report_host: 'anywhere.example', report_port: 3307 });
  await lab.primary.sql("GRANT REPLICATION MASTER ADMIN ON *.* TO reader@'127.0.0.1'");
});
afterAll(() => lab?.stop());

test('a host that a replica says it has gets no login of ours unless TLS proves whose it is', async () => {
  const session = await openMysqlConnection(lab.primaryAccess);
  const found = async (mode: 'disable' | 'require' | 'verify-ca' | 'verify-full') =>
    (await connectedReplicas(session, { ...lab.primaryAccess, tls: { mode } })).map(({ node }) => node);
  expect(await found('disable')).toEqual([]);
  expect(await found('require')).toEqual([]);
  expect(await found('verify-ca')).toEqual(['anywhere.example:3307']);
  expect(await found('verify-full')).toEqual(['anywhere.example:3307']);
  await session.close();
});
