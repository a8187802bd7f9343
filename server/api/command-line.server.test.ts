import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newToken, tokenHash } from '#server/auth/tokens.ts';
import { TidemarkError, toFailure } from '#server/base/error.ts';
import { newId } from '#server/db/new-id.ts';
import { claimStream } from '#server/log-archive/claim-stream.ts';
import { releaseStream } from '#server/log-archive/release-stream.ts';
import { addBank, CommandLineStage, secrets, withSecrets } from './command-line-fixture.ts';
import { coverageFound, good } from './played-jobs-fixture.ts';

const stage = new CommandLineStage();
const { json, tidemark } = stage;
beforeAll(() => stage.open());
afterAll(() => stage.close());

describe('clusters, tables and destinations', () => {
  test('a cluster whose node does not answer is not registered, unless by force', async () => {
    stage.checks = [{ ...good, state: 'bad', detail: 'nothing listens', fix: 'Start it.' }];
    const refused = await json([...addBank, ...withSecrets], secrets);
    expect(refused).toMatchObject({ code: 1, document: { error: { code: 'node/unreachable' } } });
    expect(await json(['cluster', 'list'])).toEqual({ code: 0, document: { clusters: [] } });
    const forced = await json([...addBank, ...withSecrets, '--force'], secrets);
    expect(forced).toMatchObject({ code: 0, document: { cluster: { name: 'bank', kind: 'fdw', health: 'bad' } } });
    expect(JSON.stringify(forced)).not.toMatch(/main-pw|storage-pw/);
  });

  test('a check of a cluster fails the command when it is bad, and not when it is not', async () => {
    expect((await tidemark(['cluster', 'check', 'bank'])).code).toBe(1);
    stage.checks = [good];
    expect(await json(['cluster', 'check', 'bank'])).toMatchObject({
      code: 0,
      document: { cluster: { health: 'ok' } },
    });
  });

  test('tables are listed as last seen, chosen by a glob over the whole name', async () => {
    const { document } = await json(['table', 'list', 'bank', '--like', '*.acc?unt']);
    expect(document.tables).toMatchObject([{ name: 'postgres.public.account', estimatedRows: 10, bytes: 100 }]);
    const { stdout } = await tidemark(['table', 'list', 'bank']);
    expect(stdout.split('\n')[0]).toMatch(/^TABLE +KIND +ROWS \(ABOUT\) +SIZE/);
  });

  test('a destination is added with what its probe found, and is the default of a backup', async () => {
    const added = await json(['destination', 'add', 'nas', '--kind', 'fs', '--path', '/var/backups']);
    expect(added).toMatchObject({ code: 0, document: { destination: { name: 'nas', freeBytes: 5e9, problem: null } } });
    expect((await json(['destination', 'list'])).document.destinations).toHaveLength(1);
  });

  test('the recoverable range of a table is told as the contract says, and what could not be read aside', async () => {
    const args = ['range', 'bank', '--table', 'postgres.public.account'];
    const [{ code, document }, text] = await Promise.all([json(args), tidemark(args)]);
    const { ranges, gaps, safeUntil } = coverageFound;
    expect([code, document]).toEqual([
      0,
      expect.objectContaining({ table: 'postgres.public.account', ranges, gaps, safeUntil }),
    ]);
    expect(text.stdout).toContain('none: binlog of shard s1 was purged before it was archived');
    expect(text.stderr).toBe('not everything could be read: open /gone: it is no folder\n');
  });

  test('a user with TLS does not lose it by a new password', async () => {
    const pem = join(stage.folder, 'ca.pem');
    writeFileSync(pem, '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n');
    const change = ['cluster', 'credentials', 'bank', '--password-env', 'PW'];
    const secure = {
      code: 0,
      document: {
        cluster: { credentials: expect.arrayContaining([expect.objectContaining({ tlsMode: 'verify-full' })]) },
      },
    };
    expect(await json([...change, '--tls-ca', pem], secrets)).toMatchObject(secure);
    expect(await json(change, secrets)).toMatchObject(secure);
  });
});

describe('the log archive', () => {
  test('is started, shown with the reason why it waits, and stopped', async () => {
    const never = await json(['archive', 'status', 'bank']);
    expect(never).toEqual({
      code: 0,
      document: { cluster: 'bank', destination: null, wanted: false, changedAt: null, streams: [] },
    });
    const { id: clusterId } = await stage.database.db.cluster.findUniqueOrThrow({ where: { name: 'bank' } });
    const refused = await json(['archive', 'start', 'bank']);
    expect(refused).toMatchObject({ code: 1, document: { error: { code: 'node/unsupported' } } });
    const node = { clusterId, name: 's1', role: 'storage', engine: 'mysql' };
    const at = { host: '127.0.0.1', port: 1, version: null, flavor: null, reachable: true };
    await stage.database.db.node.create({ data: { ...node, ...at } });
    const started = await json(['archive', 'start', 'bank', '--to', 'nas']);
    expect(started).toMatchObject({
      code: 0,
      document: {
        destination: 'nas',
        wanted: true,
        streams: [{ node: 's1', state: 'starting', logBytes: 0, gaps: 0 }],
      },
    });

    const held = (await claimStream(stage.database.db, { executor: 'e1', leaseMs: 60_000 }))!;
    const reason = toFailure(new TidemarkError('node/access-denied', 's1 lets nobody in'));
    await releaseStream(stage.database.db, held, { reason, state: 'failed', retryMs: 60_000 });
    const failing = await tidemark(['archive', 'status', 'bank']);
    expect(failing.code).toBe(1);
    expect(failing.stdout).toMatch(/^NODE +STATE +LAG +LAST COMMIT/m);
    expect(failing.stdout).toMatch(/s1 is failed: s1 lets nobody in \(node\/access-denied\); tried again at /);

    const stopped = await json(['archive', 'stop', 'bank']);
    expect(stopped).toMatchObject({
      code: 0,
      document: { wanted: false, streams: [{ state: 'stopped', reason: null }] },
    });
    expect((await json(['archive', 'start', 'nobody'])).document).toMatchObject({ error: { code: 'not-found' } });
  });
});

describe('what was typed wrongly', () => {
  test.each([
    ['no command', [], 'no command is named'],
    ['an unknown option', ['cluster', 'list', '--colour'], "unknown option '--colour'"],
    ['a missing argument', ['cluster', 'show'], "missing required argument 'name'"],
    [
      'an instant without an offset',
      ['restore', 'plan', 'bank', '--table', 'a.b.c', '--at', '2026-11-20T10:15:00'],
      'has no offset',
    ],
    [
      'a password in a URL',
      ['cluster', 'add', 'x', '--kind', 'mysql', '--url', 'mysql://me:s3cret@h'],
      'holds a password',
    ],
    ['a password variable that is not set', [...addBank, '--password-env', 'ABSENT'], 'not set'],
    ['no table', ['backup', 'run', 'bank'], 'nothing to back up is named'],
    ['a name that is none', ['backup', 'run', 'bank', '--table', 'account'], 'not a table name'],
    [
      'a method that does not exist yet',
      ['backup', 'run', 'bank', '--all', '--method', 'physical'],
      'only logical backups',
    ],
    ['a relative path', ['destination', 'add', 'x', '--kind', 'fs', '--path', 'backups'], 'absolute path'],
  ])('%s is a usage error: exit code 2, one document', async (_, args, message) => {
    const [{ code, document }, text] = await Promise.all([json(args), tidemark(args)]);
    expect([code, document.error.message]).toEqual([2, expect.stringContaining(message)]);
    expect(JSON.stringify(document)).not.toContain('s3cret');
    expect([text.code, text.stdout]).toEqual([2, '']);
    expect(text.stderr).toContain(message);
  });
});

describe('the way to the console', () => {
  test('what is wrong with what was typed is said before a console is asked', async () => {
    const args = ['restore', 'run', 'bank', '--table', 'a.b.c', '--at', '2026-11-20 10:15:00'];
    const nowhere = { TIDEMARK_DATA: join(stage.folder, 'absent'), TIDEMARK_URL: 'http://127.0.0.1:1' };
    expect((await json(args, nowhere)).document.error.code).toBe('input/instant-without-offset');
    expect((await json(['cluster', 'list'], nowhere)).document.error.code).toBe('auth/required');
  });

  test('a token nobody knows is refused', async () => {
    const refused = await json(['cluster', 'list'], { TIDEMARK_TOKEN: 'tm_wrong' });
    expect(refused).toMatchObject({ code: 1, document: { error: { code: 'auth/required' } } });
    expect(refused.document.error.message).toContain('the token that was sent is unknown');
  });

  test('a token of a lesser role may read and not act', async () => {
    const token = newToken();
    await stage.database.db.apiToken.create({
      data: { id: newId(), hash: tokenHash(token), name: 'reader', role: 'viewer', createdAt: new Date() },
    });
    const env = { TIDEMARK_TOKEN: token };
    expect((await tidemark(['cluster', 'list'], env)).code).toBe(0);
    const refused = await json(['cluster', 'remove', 'bank'], env);
    expect(refused).toMatchObject({ code: 1, document: { error: { code: 'auth/forbidden' } } });
  });

  test('a console that does not answer, or is something else, is said as such', async () => {
    const other = createServer((_, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<p>no'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const env = { TIDEMARK_URL: `http://127.0.0.1:${port}`, TIDEMARK_TOKEN: 'tm_any' };
    const foreign = await json(['cluster', 'list'], env);
    expect(foreign.document.error).toMatchObject({
      code: 'console/unreachable',
      message: expect.stringContaining('HTTP 404'),
    });
    await new Promise((resolve) => other.close(resolve));
    const gone = await json(['cluster', 'list'], env);
    expect(gone).toMatchObject({ code: 1, document: { error: { code: 'console/unreachable' } } });
  });
});
