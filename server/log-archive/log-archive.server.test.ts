import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#server/base/clock.ts';
import { type TidemarkError, toFailure } from '#server/base/error.ts';
import { registerCluster, type SecretContext } from '#server/cluster/register.ts';
import { removeCluster } from '#server/cluster/remove.ts';
import { storeTopology } from '#server/cluster/store-topology.ts';
import { keyringOf } from '#server/config/keyring.ts';
import type { NodeInfo } from '#server/contract/cluster.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { registerDestination } from '#server/destination/register.ts';
import { removeDestination } from '#server/destination/remove.ts';
import { addStreams } from './add-streams.ts';
import { type ClaimedStream, claimStream } from './claim-stream.ts';
import { isStreamHeld, renewStream } from './held-stream.ts';
import { howWanted } from './how-wanted.ts';
import { releaseStream } from './release-stream.ts';
import { reportStream, type StreamReport } from './report-stream.ts';
import { showArchive } from './show.ts';
import { startArchive } from './start.ts';
import { stopArchive } from './stop.ts';

let database: TestDatabase;
let context: SecretContext;
beforeAll(async () => {
  database = await startTestDatabase();
  const actor = { kind: 'person', id: null, name: 'olga', role: 'operator' } as const;
  context = { db: database.db, clock: systemClock, keyring: keyringOf(Buffer.alloc(32, 7)), actor };
});
afterAll(() => database?.close());

const code = (error: unknown) => (error as TidemarkError).code;
const by = { executor: 'e1', leaseMs: 60_000 };
let made = 0;

async function bank(nodes: readonly string[] = ['s1', 's2']) {
  const name = `bank${++made}`;
  const login = { user: 'u', password: 'p', tls: { mode: 'disable' as const } };
  const { clusterId } = await registerCluster(context, {
    ...{ name, kind: 'fdw', credentials: login, storageCredentials: login },
    address: { host: 'cn.example', port: 5432, database: 'postgres' },
  });
  await see(clusterId, nodes);
  return { name, clusterId };
}

function see(clusterId: string, storage: readonly string[], host = 'h') {
  const node = { host, port: 3306, version: null, flavor: null, reachable: true } as const;
  const unknown = { freeBytes: null, timeZone: null, clockSkewMs: null };
  const nodes: NodeInfo[] = [
    { ...node, ...unknown, name: 'computing', role: 'computing', engine: 'postgres' },
    ...storage.map((name): NodeInfo => ({ ...node, ...unknown, name, role: 'storage', engine: 'mysql' })),
  ];
  const topology = { kind: 'fdw' as const, takenAt: '2026-11-20T10:00:00Z', nodes, tables: [] };
  return database.db.$transaction((rows) => storeTopology(rows, clusterId, { topology, checks: [] }));
}

const place = async () => {
  const name = `d${++made}`;
  return { name, ...(await registerDestination(context, { name, kind: 'fs', path: `/backups/${name}` })) };
};

/** Of one cluster, whatever others wait. */
async function claim(clusterId: string): Promise<ClaimedStream | null> {
  await database.db.logArchive.updateMany({ where: { clusterId: { not: clusterId } }, data: { wanted: false } });
  return claimStream(database.db, by);
}

const well: StreamReport = {
  ...{ state: 'following', reason: null, reached: { file: 'binlog.000004', position: '4294967396', gtid: '0-1-5' } },
  ...{ committedAt: new Date('2026-11-20T10:00:00Z'), archivedUntil: new Date('2026-11-20T10:00:01Z') },
  ...{ clockSkewMs: 3, segments: 2, executorCpu: 0.1, logBytes: 100, writtenBytes: 40, gaps: [] },
};

describe('what is wanted', () => {
  test('a cluster has one archive, with a stream for every storage node, also one that is found later', async () => {
    const [{ clusterId, name }, { destinationId }] = [await bank(), await place()];
    await Promise.all([1, 2, 3].map(() => startArchive(context, { clusterId, destinationId })));
    const archive = await showArchive(context, { name });
    expect(archive).toMatchObject({ wanted: true, destination: { id: destinationId } });
    expect(archive.streams.map(({ node, state }) => [node, state])).toEqual([
      ['s1', 'starting'],
      ['s2', 'starting'],
    ]);
    await see(clusterId, ['s1', 's2', 's3']);
    await addStreams(database.db);
    expect((await showArchive(context, { name })).streams.map(({ node }) => node)).toEqual(['s1', 's2', 's3']);
    const audited = await database.db.auditEvent.findMany({ where: { subject: name, action: 'archive.start' } });
    expect(audited).toHaveLength(1);
  });

  test('it goes to one destination until it is stopped; another one begins anew under the same ids', async () => {
    const [{ clusterId }, first, second] = [await bank(['s1']), await place(), await place()];
    await startArchive(context, { clusterId, destinationId: first.destinationId });
    const held = (await claim(clusterId))!;
    await reportStream(database.db, held, well);
    const other = { clusterId, destinationId: second.destinationId };
    expect(await startArchive(context, other).catch(code)).toBe('conflict/in-use');
    await stopArchive(context, { clusterId });
    expect((await showArchive(context, { id: clusterId })).streams[0]?.state).toBe('stopping');
    expect(await startArchive(context, other).catch(code)).toBe('conflict/in-use');
    await releaseStream(database.db, held, { reason: null });
    expect((await showArchive(context, { id: clusterId })).streams[0]?.state).toBe('stopped');
    await startArchive(context, other);
    const { destination, streams } = await showArchive(context, { id: clusterId });
    expect(destination?.id).toBe(second.destinationId);
    expect(streams).toMatchObject([{ id: held.streamId, reached: null, logBytes: 0n, lagMs: null }]);
  });

  test('without a word where to, it is the only destination, or where it went before', async () => {
    const [{ clusterId }, { destinationId }] = [await bank(['s1']), await place()];
    await place();
    expect(await startArchive(context, { clusterId }).catch(code)).toBe('input/invalid');
    await startArchive(context, { clusterId, destinationId });
    await stopArchive(context, { clusterId });
    await startArchive(context, { clusterId });
    expect((await showArchive(context, { id: clusterId })).wanted).toBe(true);
  });

  test('a cluster without a MySQL-wire storage node has no log to archive', async () => {
    const [{ clusterId }, { destinationId }] = [await bank([]), await place()];
    expect(await startArchive(context, { clusterId, destinationId }).catch(code)).toBe('node/unsupported');
  });

  test('neither the cluster nor the destination of an archive that runs can be removed', async () => {
    const [{ clusterId }, { destinationId }] = [await bank(['s1']), await place()];
    await startArchive(context, { clusterId, destinationId });
    expect(await removeCluster(context, { clusterId }).catch(code)).toBe('conflict/in-use');
    expect(await removeDestination(context, { destinationId, forget: true }).catch(code)).toBe('conflict/in-use');
    await stopArchive(context, { clusterId });
    expect(await removeDestination(context, { destinationId }).catch(code)).toBe('conflict/in-use');
    await removeDestination(context, { destinationId, forget: true });
    await removeCluster(context, { clusterId });
    expect(await database.db.logStream.count({ where: { clusterId } })).toBe(0);
  });
});

describe('the lease', () => {
  test('of twenty that ask, one gets a stream', async () => {
    const [{ clusterId }, { destinationId }] = [await bank(['s1']), await place()];
    await startArchive(context, { clusterId, destinationId });
    await claim('nobody').then((held) => expect(held).toBeNull());
    await database.db.logArchive.update({ where: { clusterId }, data: { wanted: true } });
    const claimed = await Promise.all(Array.from({ length: 20 }, () => claimStream(database.db, by)));
    expect(claimed.filter((one) => one !== null)).toHaveLength(1);
  });

  test('one that ran out is never revived, writes nothing, and is told as such until another has the stream', async () => {
    const [{ clusterId }, { destinationId }] = [await bank(['s1']), await place()];
    await startArchive(context, { clusterId, destinationId });
    const held = (await claim(clusterId))!;
    await reportStream(database.db, held, well);
    await database.db.$executeRaw`UPDATE log_stream SET lease_expires_at = now() WHERE id = ${held.streamId}`;
    expect(await renewStream(database.db, held, 1_000).catch(code)).toBe('job/lease-lost');
    expect(await isStreamHeld(database.db, held)).toBe(false);
    expect(await reportStream(database.db, held, { ...well, segments: 9 }).catch(code)).toBe('job/lease-lost');
    await releaseStream(database.db, held, { reason: null });
    const [stream] = (await showArchive(context, { id: clusterId })).streams;
    expect(stream).toMatchObject({ state: 'paused', reason: { code: 'job/executor-lost' }, segments: 2 });
    const next = await claimStream(database.db, { ...by, executor: 'e2' });
    expect(next).toMatchObject({ streamId: held.streamId });
    expect((await showArchive(context, { id: clusterId })).streams[0]).toMatchObject({
      state: 'starting',
      executor: 'e2',
    });
  });

  test('a run that failed says why, and nobody begins the next one before its wait is over', async () => {
    const [{ clusterId }, { destinationId }] = [await bank(['s1']), await place()];
    await startArchive(context, { clusterId, destinationId });
    const held = (await claim(clusterId))!;
    const reason = toFailure(new Error('no'));
    await releaseStream(database.db, held, { reason, state: 'failed', retryMs: 60_000 });
    expect(await claimStream(database.db, by)).toBeNull();
    const [stream] = (await showArchive(context, { id: clusterId })).streams;
    expect(stream).toMatchObject({ state: 'failed', reason: { message: 'no' }, retryAt: expect.any(Date) });
    await database.db.$executeRaw`UPDATE log_stream SET retry_at = now() WHERE id = ${held.streamId}`;
    expect(await claimStream(database.db, by)).toMatchObject({ failures: 1 });
  });

  test('how a stream is wanted changes with its address and its credentials, and ends with a stop', async () => {
    const [{ clusterId }, { destinationId }] = [await bank(['s1']), await place()];
    await startArchive(context, { clusterId, destinationId });
    const [{ id } = { id: '' }] = (await showArchive(context, { id: clusterId })).streams;
    const how = async () => (await howWanted(database.db, [id])).get(id);
    const seen = new Set([await how(), await how()]);
    await see(clusterId, ['s1'], 'elsewhere');
    seen.add(await how());
    await database.db.clusterCredential.updateMany({ where: { clusterId }, data: { changedAt: new Date(0) } });
    seen.add(await how());
    expect(seen.size).toBe(3);
    await stopArchive(context, { clusterId });
    expect(await how()).toBeUndefined();
  });
});

test('positions beyond 32 bits survive, figures add up, and what is archived never goes back', async () => {
  const [{ clusterId }, { destinationId }] = [await bank(['s1']), await place()];
  await startArchive(context, { clusterId, destinationId });
  const held = (await claim(clusterId))!;
  await reportStream(database.db, held, { ...well, gaps: [{ at: '2026-11-20T10:00:00Z', message: 'purged' }] });
  await reportStream(database.db, held, { ...well, archivedUntil: new Date(0), reached: null, committedAt: null });
  const [stream] = (await showArchive(context, { id: clusterId })).streams;
  expect(stream).toMatchObject({
    reached: { file: 'binlog.000004', position: '4294967396', gtid: '0-1-5' },
    archivedUntil: well.archivedUntil,
    ...{ logBytes: 200n, writtenBytes: 80n, segments: 2, gaps: 1, lastGap: { message: 'purged' } },
  });
  expect(stream?.lagMs).toBeGreaterThan(0);
});
