import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '#lab/postgres-server.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { PostgresAccess, TlsAccess } from '../access.ts';
import { type Certificates, makeCertificates } from '../mysql/tls-fixture.ts';
import { openPostgres, type PostgresOptions } from './connection.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-postgres-'));
let server: PostgresServer;
let certificates: Certificates;
let mute: Server;

beforeAll(async () => {
  certificates = makeCertificates(join(folder, 'tls'));
  server = await startPostgres({ folder: join(folder, 'server'), ephemeral: true });
  await server.sql(`CREATE ROLE reader LOGIN PASSWORD 'reader-secret'; CREATE ROLE certified LOGIN PASSWORD 'c';
    CREATE TABLE hidden (id int)`);
  mute = await new Promise<Server>((resolve) => {
    const listening = createServer(() => {}).listen(0, '127.0.0.1', () => resolve(listening));
  });
});
afterAll(async () => {
  mute?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const accessOf = (more: Partial<PostgresAccess> = {}): PostgresAccess => ({
  node: 'computing',
  host: '127.0.0.1',
  port: server.port,
  database: 'postgres',
  user: 'reader',
  password: 'reader-secret',
  tls: { mode: 'disable' },
  ...more,
});
async function failureOf(work: Promise<unknown>): Promise<TidemarkError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TidemarkError)) throw new Error(`no named failure but ${String(error)}`);
  return error;
}
const openingFails = (more: Partial<PostgresAccess>, options?: PostgresOptions) =>
  failureOf(openPostgres(accessOf(more), options));

test('64-bit numbers come as bigint, and a time without a zone is no instant', async () => {
  const client = await openPostgres(accessOf());
  const { rows } = await client.query(
    `select 9007199254740993 as big, timestamp '2026-11-20 10:15:00.123456' as bare, timestamptz '2026-11-20 10:15Z' as at,
      current_setting('application_name') as name`,
  );
  expect(rows[0]).toEqual({
    big: 9007199254740993n,
    bare: '2026-11-20 10:15:00.123456',
    at: new Date('2026-11-20T10:15:00Z'),
    name: 'tidemark',
  });
  await client.end();
});

test('each way not to get in has its own name', async () => {
  expect((await openingFails({ password: 'wrong' })).code).toBe('node/access-denied');
  expect((await openingFails({ password: '' })).code).toBe('node/access-denied');
  expect((await openingFails({ host: '127.0.0.1', port: 1 })).code).toBe('node/unreachable');
  expect((await openingFails({ database: 'nowhere' })).context.sqlState).toBe('3D000');
  const { port } = mute.address() as { port: number };
  const silent = await openingFails({ port }, { connectTimeoutMs: 200 });
  expect(silent).toMatchObject({ code: 'node/unreachable', context: { node: 'computing' } });
});

test('an empty password is never replaced by one from the environment', async () => {
  process.env.PGPASSWORD = 'reader-secret';
  try {
    expect((await openingFails({ password: '' })).code).toBe('node/access-denied');
  } finally {
    delete process.env.PGPASSWORD;
  }
});

test('a statement that is refused or wrong leaves the session usable', async () => {
  const client = await openPostgres(accessOf());
  const refused = await failureOf(client.query('select * from hidden'));
  expect(refused).toMatchObject({ code: 'node/missing-privilege', context: { node: 'computing', sqlState: '42501' } });
  expect((await failureOf(client.query('select nonsense'))).code).toBe('node/query-failed');
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await client.end();
});

test('a session ended by the server is lost, not a crash', async () => {
  const client = await openPostgres(accessOf());
  const { rows } = await client.query('select pg_backend_pid() as pid');
  const waiting = failureOf(client.query('select pg_sleep(60)'));
  await server.sql(`select pg_terminate_backend(${rows[0].pid})`);
  expect((await waiting).code).toBe('node/connection-lost');
  expect((await failureOf(client.query('select 1'))).code).toBe('node/connection-lost');
  await client.end();
});

test('a signal drops the session in the middle of a statement', async () => {
  const controller = new AbortController();
  const client = await openPostgres(accessOf(), { signal: controller.signal });
  const waiting = failureOf(client.query('select pg_sleep(60)'));
  controller.abort();
  expect((await waiting).code).toBe('job/cancelled');
  await client.end();
  expect((await openingFails({}, { signal: controller.signal })).code).toBe('job/cancelled');
});

test('a statement is bounded when a bound is asked for', async () => {
  const client = await openPostgres(accessOf(), { statementTimeoutMs: 50 });
  expect((await failureOf(client.query('select pg_sleep(60)'))).context.sqlState).toBe('57014');
  await client.end();
});

test('encryption that was asked for is never given up, and the certificate is checked as far as the mode says', async () => {
  const encrypted = async (tls: TlsAccess, more: Partial<PostgresAccess> = {}) => {
    const client = await openPostgres(accessOf({ tls, ...more }));
    const { rows } = await client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
    await client.end();
    return rows[0].ssl as boolean;
  };
  expect((await openingFails({ tls: { mode: 'require' } })).code).toBe('node/tls');

  await server.stop();
  const key = join(folder, 'server.key');
  copyFileSync(certificates.serverKeyFile, key);
  const { uid, gid } = statSync(server.dataFolder);
  chownSync(key, uid, gid);
  chmodSync(key, 0o600);
  const rules = join(server.dataFolder, 'pg_hba.conf');
  const certified = 'hostssl all certified 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n';
  writeFileSync(rules, certified + readFileSync(rules, 'utf8'));
  server = await startPostgres({
    folder: server.folder,
    ephemeral: true,
    extraConfig: {
      ssl: 'on',
      ssl_ca_file: certificates.caFile,
      ssl_cert_file: certificates.serverCertFile,
      ssl_key_file: key,
    },
  });
  const { ca, strangerCa, clientCert: cert, clientKey } = certificates;
  expect(await encrypted({ mode: 'disable' })).toBe(false);
  expect(await encrypted({ mode: 'require' })).toBe(true);
  expect(await encrypted({ mode: 'verify-ca', ca })).toBe(true);
  expect(await encrypted({ mode: 'verify-full', ca })).toBe(true);
  expect(await encrypted({ mode: 'verify-full', ca, serverName: 'db.test' })).toBe(true);
  expect((await openingFails({ tls: { mode: 'verify-ca', ca: strangerCa } })).code).toBe('node/tls');
  expect((await openingFails({ tls: { mode: 'verify-full', ca, serverName: 'other.test' } })).code).toBe('node/tls');
  const login = { user: 'certified', password: 'c' };
  expect(await encrypted({ mode: 'verify-ca', ca, cert, key: clientKey }, login)).toBe(true);
  expect((await openingFails({ tls: { mode: 'verify-ca', ca }, ...login })).code).toBe('node/access-denied');
});
