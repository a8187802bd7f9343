import { join } from 'node:path';
import { ulid } from 'ulid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '#server/base/clock.ts';
import { gentleness } from '#server/contract/backup.ts';
import { scopeInput } from '#server/contract/scope.ts';
import { type ReplicaFixture, startReplicaFixture } from '#server/engine/mysql/replica-fixture.ts';
import { probeReplica } from '#server/engine/topology/probe-replica.ts';
import { readTableFile } from '#server/manifest/read.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage } from '#server/storage/open.ts';
import { TestJob } from '../restore/restore-fixture.ts';
import { backup } from './backup.ts';

let lab: ReplicaFixture;
let storage: Storage;

beforeAll(async () => {
  lab = await startReplicaFixture('shop');
  storage = await openStorage({ kind: 'fs', path: join(lab.folder, 'store') });
  await lab.primary.sql('CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, word VARCHAR(40))');
});

afterAll(async () => {
  await storage?.close();
  await lab?.stop();
});

function run(job: TestJob, { registered = true } = {}) {
  const { host, port } = lab.replicaAccess;
  const replicas = new Map(registered ? [['shop', { host, port }]] : []);
  return backup(job.attempt(), {
    backupId: ulid().toLowerCase(),
    cluster: { kind: 'mysql', id: 'c', name: 'shop', node: lab.primaryAccess, replicas },
    storage,
    scope: scopeInput.parse({ tables: ['d.t'] }),
    parallel: 2,
    gentle: { ...gentleness.parse({}), readFrom: 'replica' },
  });
}

/** Rows that the server has read for anybody, in statements of all sessions. */
async function rowsRead(server: ReplicaFixture['primary']): Promise<number> {
  return Number(/\d+/.exec(await server.sql("SHOW GLOBAL STATUS LIKE 'Innodb_rows_read'"))?.[0] ?? 0);
}

test('a backup from a replica has what the primary had, its position, and leaves the primary alone', async () => {
  await lab.primary.sql('USE d; INSERT INTO t SELECT seq, MD5(seq) FROM seq_1_to_5000');
  const before = await rowsRead(lab.primary);
  const job = new TestJob();
  const { manifest, tables } = await run(job);
  expect(tables).toMatchObject([{ outcome: 'succeeded', rows: 5_000 }]);
  expect((await rowsRead(lab.primary)) - before).toBeLessThan(1_000);
  const { port } = lab.primaryAccess;
  const replica = `127.0.0.1:${lab.replicaAccess.port}`;
  expect(manifest!.nodes).toMatchObject([{ name: 'shop', port, replica }]);
  expect(manifest!.cut).toMatchObject({ proven: true, reason: '' });
  const [node] = manifest!.cut.nodes;
  const status = await lab.primary.sql('SHOW MASTER STATUS; SELECT @@gtid_binlog_pos');
  expect(status).toContain(node!.position.gtid);
  expect(status).toContain(`${node!.position.file}\t${node!.position.offset}`);
  const file = await readTableFile(storage, manifest!.id, manifest!.tables[0]!);
  expect(file.fragments[0]).toMatchObject({ ownSnapshot: false, position: node!.position });
  expect(job.signs.at(-1)?.replica).toBe(replica);
});

test('a node without a replica refuses a backup that wants one, with what to do', async () => {
  await expect(run(new TestJob(), { registered: false })).rejects.toMatchObject({
    code: 'node/replica-unfit',
    message: 'no replica is registered for shop',
    hint: expect.stringMatching(/cluster replicas shop --replica shop=host:port/),
  });
});

test('a stopped replica refuses the backup, and the check of the cluster says so before', async () => {
  const { host, port } = lab.replicaAccess;
  const probe = () => probeReplica(lab.primaryAccess, { host, port }, { clock: systemClock });
  expect(await probe()).toMatchObject({ node: 'shop', id: 'replica', state: 'ok' });
  await lab.replica.sql('STOP SLAVE');
  expect(await probe()).toMatchObject({ state: 'bad', fix: expect.stringMatching(/START SLAVE/) });
  await expect(run(new TestJob())).rejects.toMatchObject({ code: 'node/replica-unfit' });
});
