import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import type { MysqlAccess, TlsAccess } from '#server/engine/access.ts';
import { openMysqlConnection } from './connection.ts';
import { type Certificates, makeCertificates } from './tls-fixture.ts';

let folder: string;
let server: MariadbServer;
let certificates: Certificates;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-login-'));
  chmodSync(folder, 0o755);
  certificates = makeCertificates(join(folder, 'certificates'));
  const { caFile, serverCertFile, serverKeyFile } = certificates;
  server = await startMariadb({
    folder: join(folder, 'server'),
    ephemeral: true,
    config: { 'ssl-ca': caFile, 'ssl-cert': serverCertFile, 'ssl-key': serverKeyFile },
  });
  await server.sql(`
    INSTALL SONAME 'auth_ed25519';
    CREATE USER native@'%' IDENTIFIED BY 'pässword';
    CREATE USER empty@'%';
    CREATE USER modern@'%' IDENTIFIED VIA ed25519 USING PASSWORD('pässword');
    CREATE USER certified@'%' IDENTIFIED BY 'pässword' REQUIRE X509;
  `);
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function access(more: Partial<MysqlAccess> = {}): MysqlAccess {
  const { host, port } = server;
  return { node: 'shard_1', host, port, user: 'native', password: 'pässword', tls: { mode: 'disable' }, ...more };
}

const secured = (tls: TlsAccess, more: Partial<MysqlAccess> = {}) => access({ tls, ...more });

/** The user and cipher of a session that did log in; its error code when it did not. */
async function attempt(to: MysqlAccess): Promise<{ user?: unknown; cipher?: unknown; code?: string }> {
  try {
    const connection = await openMysqlConnection(to, { connectTimeoutMs: 5_000 });
    const [row] = await connection.query('SELECT USER() AS user');
    const [status] = await connection.query("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
    await connection.close();
    return { user: String(row!.user).split('@')[0], cipher: status!.Value };
  } catch (error) {
    return { code: (error as { code: string }).code };
  }
}

describe('who we are', () => {
  test.each(['native', 'modern'])(
    'the right password of %s is accepted, a wrong one and none are refused',
    async (user) => {
      expect(await attempt(access({ user }))).toEqual({ user, cipher: '' });
      expect(await attempt(access({ user, password: 'wrong' }))).toEqual({ code: 'node/access-denied' });
      expect(await attempt(access({ user, password: '' }))).toEqual({ code: 'node/access-denied' });
    },
  );

  test('an ed25519 login succeeds for every challenge', async () => {
    for (let i = 0; i < 25; i++) expect(await attempt(access({ user: 'modern' }))).toMatchObject({ user: 'modern' });
  });

  test('a user without password logs in with none', async () => {
    expect(await attempt(access({ user: 'empty', password: '' }))).toMatchObject({ user: 'empty' });
    expect(await attempt(access({ user: 'empty', password: 'some' }))).toEqual({ code: 'node/access-denied' });
  });

  test('a Unix socket is used when given', async () => {
    const { user, password } = server.rootSocketLogin;
    expect(await attempt(access({ user, password, port: 1, socketPath: server.socket }))).toMatchObject({
      user: 'root',
    });
    expect(await attempt(access({ socketPath: join(folder, 'absent.sock') }))).toEqual({ code: 'node/unreachable' });
  });

  test('a refused login names the node and keeps the password to itself', async () => {
    const error = await openMysqlConnection(access({ password: 'hunter2-hunter2' })).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'node/access-denied', context: { errno: 1045, node: 'shard_1' } });
    expect(JSON.stringify([error.message, error.hint, error.context, error.cause])).not.toContain('hunter2');
  });
});

describe('who they are', () => {
  test.each(['require', 'verify-ca', 'verify-full'] as const)('%s encrypts', async (mode) => {
    const result = await attempt(secured({ mode, ca: certificates.ca }));
    expect(result).toMatchObject({ user: 'native', cipher: expect.stringMatching(/^TLS_|AES|CHACHA/) });
  });

  test('TLS works over a Unix socket and with ed25519', async () => {
    const tls: TlsAccess = { mode: 'verify-ca', ca: certificates.ca };
    expect(await attempt(secured(tls, { user: 'modern' }))).toMatchObject({ cipher: expect.stringMatching(/./) });
    const { user, password } = server.rootSocketLogin;
    const local = await attempt(secured(tls, { user, password, socketPath: server.socket }));
    expect(local).toMatchObject({ user: 'root', cipher: expect.stringMatching(/./) });
  });

  test('a certificate of another CA is refused, unless nobody asked for one', async () => {
    const ca = certificates.strangerCa;
    expect(await attempt(secured({ mode: 'verify-ca', ca }))).toEqual({ code: 'node/tls' });
    expect(await attempt(secured({ mode: 'verify-full', ca }))).toEqual({ code: 'node/tls' });
    expect(await attempt(secured({ mode: 'verify-ca' }))).toEqual({ code: 'node/tls' });
    expect(await attempt(secured({ mode: 'require' }))).toMatchObject({ user: 'native' });
  });

  test('verify-full checks the name, verify-ca does not', async () => {
    const { ca } = certificates;
    expect(await attempt(secured({ mode: 'verify-full', ca, serverName: 'db.test' }))).toMatchObject({
      user: 'native',
    });
    expect(await attempt(secured({ mode: 'verify-full', ca, serverName: 'other.test' }))).toEqual({ code: 'node/tls' });
    expect(await attempt(secured({ mode: 'verify-ca', ca, serverName: 'other.test' }))).toMatchObject({
      user: 'native',
    });
  });

  test('a user that needs a client certificate is let in with one only', async () => {
    const { ca, clientCert: cert, clientKey: key } = certificates;
    const user = 'certified';
    expect(await attempt(secured({ mode: 'verify-ca', ca, cert, key }, { user }))).toMatchObject({ user });
    expect(await attempt(secured({ mode: 'verify-ca', ca }, { user }))).toEqual({ code: 'node/access-denied' });
  });

  test('a broken CA or key is a TLS error, not a crash', async () => {
    expect(await attempt(secured({ mode: 'verify-ca', ca: 'no PEM' }))).toEqual({ code: 'node/tls' });
    expect(await attempt(secured({ mode: 'require', cert: 'no PEM', key: 'no PEM' }))).toEqual({ code: 'node/tls' });
  });
});

describe('peers that are no server', () => {
  async function withPeer<T>(greeting: string | undefined, act: (port: number) => Promise<T>): Promise<T> {
    const peer = createServer((socket) => {
      socket.on('error', () => {});
      if (greeting !== undefined) socket.write(Buffer.from(greeting, 'latin1'));
    });
    await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve));
    try {
      return await act((peer.address() as AddressInfo).port);
    } finally {
      peer.close();
    }
  }

  const reached = (port: number, options: { connectTimeoutMs?: number; signal?: AbortSignal }) =>
    openMysqlConnection(access({ port }), options).then(
      () => 'connected',
      (error: { code: string }) => error.code,
    );

  test('nobody listens: unreachable', async () => {
    const port = await withPeer(undefined, async (used) => used);
    expect(await reached(port, {})).toBe('node/unreachable');
  });

  test('a silent peer is given up after the connect timeout', async () => {
    expect(await withPeer(undefined, (port) => reached(port, { connectTimeoutMs: 50 }))).toBe('node/unreachable');
  });

  test('a peer that speaks something else is a protocol error', async () => {
    const code = await withPeer('\x0c\0\0\0SSH-2.0-test', (port) => reached(port, {}));
    expect(code).toBe('node/protocol');
  });

  test('an abort ends a connection being made', async () => {
    const controller = new AbortController();
    const code = withPeer(undefined, (port) => {
      const attempt = reached(port, { signal: controller.signal });
      controller.abort();
      return attempt;
    });
    expect(await code).toBe('job/cancelled');
    expect(await reached(server.port, { signal: controller.signal })).toBe('job/cancelled');
  });
});
