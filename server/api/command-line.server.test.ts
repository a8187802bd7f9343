import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createAuth } from '#server/auth/auth.ts';
import { ensureLocalToken } from '#server/auth/local-token.ts';
import { newToken, tokenHash } from '#server/auth/tokens.ts';
import { systemClock } from '#server/base/clock.ts';
import { TidemarkError, toFailure } from '#server/base/error.ts';
import { silentLogger } from '#server/base/log.ts';
import { recordBackup } from '#server/catalog/record-backup.ts';
import { storeTopology } from '#server/cluster/store-topology.ts';
import { keyringOf } from '#server/config/keyring.ts';
import type { NodeCheck } from '#server/contract/cluster.ts';
import type { TableOutcome } from '#server/contract/job.ts';
import type { RestoreInput, RestorePlan } from '#server/contract/restore.ts';
import { newId } from '#server/db/new-id.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { storeProbe } from '#server/destination/store-probe.ts';
import { type Claimed, claimJob } from '#server/job/claim.ts';
import { type Ending, finishJob } from '#server/job/finish.ts';
import type { JobInput } from '#server/job/input.ts';
import { claimStream } from '#server/log-archive/claim-stream.ts';
import { releaseStream } from '#server/log-archive/release-stream.ts';
import { answerTrpc } from './answer.ts';

/**
 * The real command line as a process, the real router over HTTP, a real database. No executor: this test takes the jobs
 * as one would, and ends them as it wants them to have ended.
 */
const program = join(import.meta.dirname, '../../bin/tidemark.js');

let database: TestDatabase;
let server: Server;
let url: string;
let folder: string;
const children = new Set<ChildProcess>();
type Commit = (rows: Parameters<typeof finishJob>[0]) => Promise<void>;
type Played = Ending & { before?: Commit };
let execute: (input: JobInput, claimed: Claimed) => Promise<Played>;

beforeAll(async () => {
  database = await startTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'tidemark-cli-'));
  const { db, listener, nudge } = database;
  const keyring = keyringOf(Buffer.alloc(32, 7));
  const base = { db, listener, nudge, keyring, log: silentLogger, clock: systemClock };
  const services = { ...base, auth: createAuth(base) };
  server = createServer(async (request, response) => {
    const answer = await answerTrpc(services, webRequest(request));
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await ensureLocalToken({ db, clock: systemClock }, database.dataFolder);
  listener.subscribe((change) => {
    if (change.about === 'job' && change.what === 'queued') void takeOne();
  });
});
beforeEach(() => {
  execute = answerAll;
});
afterAll(async () => {
  for (const { pid } of children) process.kill(-pid!, 'SIGKILL');
  await new Promise((resolve) => server.close(resolve));
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

function webRequest(request: IncomingMessage): Request {
  const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const body = request.method === 'POST' ? (Readable.toWeb(request) as ReadableStream) : undefined;
  return new Request(`http://${request.headers.host}${request.url}`, {
    method: request.method,
    headers,
    body,
    duplex: 'half',
  } as RequestInit);
}

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(args: readonly string[], env: Record<string, string> = {}) {
  const { PATH, HOME } = process.env;
  const child = spawn(program, args, {
    cwd: folder,
    // A process group of its own, as a terminal's foreground job is.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, TIDEMARK_URL: url, TIDEMARK_DATA: database.dataFolder, ...env } as unknown as NodeJS.ProcessEnv,
  });
  children.add(child);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => {
      children.delete(child);
      resolve({ code, ...texts });
    });
  });
  return { child, texts, ended };
}

const tidemark = (args: readonly string[], env?: Record<string, string>) => start(args, env).ended;

/** With --json: the one document on standard output. */
async function json(args: readonly string[], env?: Record<string, string>) {
  const { code, stdout } = await tidemark([...args, '--json'], env);
  return { code, document: JSON.parse(stdout) };
}

/** What an executor would do with the next job, of either lane. */
async function takeOne(): Promise<void> {
  for (const lane of ['quick', 'long'] as const) {
    const claimed = await claimJob(database.db, { executor: 'test', lane, leaseMs: 60_000 });
    if (!claimed) continue;
    const ending = await execute(claimed.input as JobInput, claimed).catch(
      (error): Played => ({ state: 'failed', error: toFailure(error) }),
    );
    await database.db.$transaction(async (rows) => {
      await ending.before?.(rows);
      await finishJob(rows, claimed, ending);
    });
  }
}

const outcome = (source: string, more: Partial<TableOutcome> = {}): TableOutcome => ({
  source,
  target: null,
  outcome: 'succeeded',
  rows: 1_000_000,
  rawBytes: 81_234_567,
  storedBytes: 20_123_456,
  fragments: 4,
  digest: '0f',
  keptAs: null,
  notes: [],
  error: null,
  ...more,
});
const failed = { code: 'table/changed', message: 'the definition changed', hint: 'Run it again.' };

let checks: NodeCheck[] = [];
const good: NodeCheck = { node: 'cn', id: 'reachable', label: 'Reachable', state: 'ok', detail: 'in 1 ms', fix: '' };

const answerAll: typeof execute = async (input) => {
  if (input.kind === 'probe-destination') {
    const features = { noReplace: true, rangeRead: true, list: true, remove: true, freeBytes: 5e9, repositoryId: 'r' };
    return { state: 'succeeded', before: (rows) => storeProbe(rows, input.destinationId, { features }) };
  }
  if (input.kind === 'backup') {
    const tables = input.backup.scope.tables.map((name) =>
      name.endsWith('bad') ? outcome(name, { outcome: 'failed', error: failed }) : outcome(name),
    );
    const bad = tables.filter(({ error }) => error).length;
    if (bad === tables.length)
      return { state: 'failed', tables, error: { ...failed, code: 'table/changed', context: {} } };
    return { state: bad > 0 ? 'partly' : 'succeeded', tables, before: (rows) => enterBackup(rows, input) };
  }
  if (input.kind === 'restore') {
    const tables = input.plan.tables.map(({ source, target }) => outcome(source, { target }));
    return { state: 'succeeded', tables, result: { timings: { baseMs: 1, catchUpMs: 0, indexMs: 2, totalMs: 3 } } };
  }
  if (input.kind !== 'inspect') throw new Error(`unexpected ${input.kind}`);
  const { question } = input;
  if (question.ask === 'plan-restore') return { state: 'succeeded', result: planOf(question.restore) };
  const seen = topologyOf();
  if (question.ask === 'test-connection') return { state: 'succeeded', result: { nodes: seen.topology.nodes, checks } };
  const result = { takenAt: seen.topology.takenAt, nodes: 1, tables: 2 };
  return { state: 'succeeded', result, before: (rows) => storeTopology(rows, question.clusterId, seen) };
};

function topologyOf() {
  const table = {
    database: 'postgres',
    schema: 'public',
    kind: 'table' as const,
    estimatedRows: 10,
    bytes: 100,
    problem: null,
  };
  const fragments = [
    { node: 's1', database: 'd', table: 't', partition: null, estimatedRows: 10, bytes: 100, engine: 'InnoDB' },
  ];
  const tables = ['account', 'a_very.odd "name"'].map((name) => ({
    ...table,
    name: `postgres.public.${name}`,
    table: name,
    fragments,
  }));
  const node = {
    name: 'cn',
    role: 'computing' as const,
    engine: 'postgres' as const,
    host: '127.0.0.1',
    port: 1,
    version: '15.1',
    flavor: null,
    reachable: true,
    freeBytes: null,
    timeZone: 'UTC',
    clockSkewMs: 0,
  };
  return { topology: { kind: 'fdw' as const, takenAt: new Date().toISOString(), nodes: [node], tables }, checks };
}

async function enterBackup(rows: Parameters<Commit>[0], { backupId, backup }: Extract<JobInput, { kind: 'backup' }>) {
  const now = new Date().toISOString();
  const tables = backup.scope.tables.map((name, at) => ({
    id: String(at),
    name,
    rows: '12',
    rawBytes: 100,
    storedBytes: 10,
    fragments: 1,
  }));
  const manifest = {
    id: backupId,
    cluster: { id: backup.clusterId, name: 'bank', kind: 'fdw' },
    method: 'logical',
    startedAt: now,
    finishedAt: now,
    cut: { at: now, proven: true, reason: '', heldMs: 3 },
    longestWriterWaitMs: 4,
    tables,
    failed: [],
  };
  await recordBackup(rows, { manifest, manifestSha256: '00', destinationId: backup.destinationId, jobId: null });
}

/** A table named `taken` exists at its target, `shaky` lacks a privilege. */
function planOf(restore: RestoreInput): RestorePlan {
  if (restore.point.kind !== 'backup') throw new Error('not asked here');
  const at = '2026-11-20T10:15:00.000Z';
  const taken = { code: 'restore/target-exists', message: 'the target exists', hint: 'Say --clean.' };
  return {
    version: 1,
    madeAt: at,
    clusterName: 'bank',
    targetClusterName: 'bank',
    backup: { id: restore.point.backupId, destination: 'nas', at, cutProven: true },
    point: restore.point,
    clean: restore.clean,
    keepForMs: restore.keepForMs,
    foreignKeys: false,
    triggers: false,
    parallel: 2,
    maxBytesPerSecond: restore.maxBytesPerSecond,
    maxReplicaLagSeconds: restore.maxReplicaLagSeconds,
    logBin: restore.logBin,
    tables: restore.tables.map(({ source, target }) => ({
      source,
      target: target ?? `${source}_restored`,
      mode: 'beside',
      tableId: '0',
      keptAs: null,
      fragments: [],
      rows: 12,
      rawBytes: 100,
      storedBytes: 10,
      willNotComeBack: ['the trigger t'],
      problem: source.endsWith('taken') ? taken : null,
    })),
    nodes: [],
    steps: [{ title: 'Load', detail: '' }],
    checks: restore.tables.some(({ source }) => source.endsWith('shaky'))
      ? [{ id: 'privilege', label: 'Privileges', state: 'bad', detail: 'CREATE is missing', fix: 'Grant CREATE.' }]
      : [],
    estimate: null,
  };
}

const add = [
  'cluster',
  'add',
  'bank',
  '--kind',
  'fdw',
  '--url',
  'postgres://me@127.0.0.1:1/postgres',
  '--storage-user',
  'st',
];
const secrets = { PW: 'main-pw', SPW: 'storage-pw' };
const withSecrets = ['--password-env', 'PW', '--storage-password-env', 'SPW'];

describe('clusters, tables and destinations', () => {
  test('a cluster whose node does not answer is not registered, unless by force', async () => {
    checks = [{ ...good, state: 'bad', detail: 'nothing listens', fix: 'Start it.' }];
    const refused = await json([...add, ...withSecrets], secrets);
    expect(refused).toMatchObject({ code: 1, document: { error: { code: 'node/unreachable' } } });
    expect(await json(['cluster', 'list'])).toEqual({ code: 0, document: { clusters: [] } });
    const forced = await json([...add, ...withSecrets, '--force'], secrets);
    expect(forced).toMatchObject({ code: 0, document: { cluster: { name: 'bank', kind: 'fdw', health: 'bad' } } });
    expect(JSON.stringify(forced)).not.toMatch(/main-pw|storage-pw/);
  });

  test('a check of a cluster fails the command when it is bad, and not when it is not', async () => {
    expect((await tidemark(['cluster', 'check', 'bank'])).code).toBe(1);
    checks = [good];
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

  test('a user with TLS does not lose it by a new password', async () => {
    const pem = join(folder, 'ca.pem');
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
    const { id: clusterId } = await database.db.cluster.findUniqueOrThrow({ where: { name: 'bank' } });
    const refused = await json(['archive', 'start', 'bank']);
    expect(refused).toMatchObject({ code: 1, document: { error: { code: 'node/unsupported' } } });
    const [cn] = topologyOf().topology.nodes;
    await database.db.node.create({
      data: { ...cn!, clusterId, name: 's1', role: 'storage', engine: 'mysql', freeBytes: null },
    });
    const started = await json(['archive', 'start', 'bank', '--to', 'nas']);
    expect(started).toMatchObject({
      code: 0,
      document: {
        destination: 'nas',
        wanted: true,
        streams: [{ node: 's1', state: 'starting', logBytes: 0, gaps: 0 }],
      },
    });

    const held = (await claimStream(database.db, { executor: 'e1', leaseMs: 60_000 }))!;
    const reason = toFailure(new TidemarkError('node/access-denied', 's1 lets nobody in'));
    await releaseStream(database.db, held, { reason, state: 'failed', retryMs: 60_000 });
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

describe('backups', () => {
  const run = ['backup', 'run', 'bank', '--wait', '--table'];

  test('a backup that was waited for is told as the contract says, with numbers as numbers', async () => {
    const { code, document } = await json([...run, 'postgres."public".account']);
    expect(code).toBe(0);
    expect(document).toMatchObject({
      jobId: expect.any(String),
      backupId: expect.any(String),
      state: 'succeeded',
      method: 'logical',
    });
    expect(document.tables).toEqual([
      {
        table: 'postgres.public.account',
        outcome: 'succeeded',
        rows: 1_000_000,
        rawBytes: 81_234_567,
        storedBytes: 20_123_456,
        fragments: 4,
      },
    ]);
    const shown = await json(['backup', 'show', document.backupId]);
    expect(shown.document).toMatchObject({ backup: { id: document.backupId, rows: 12 }, tables: [{ rows: 12 }] });
    expect((await json(['backup', 'list', '--cluster', 'bank'])).document.backups).toHaveLength(1);
  });

  test('some tables failed: exit code 3; all failed: 1, and the document has the error', async () => {
    const partly = await json([...run, 'postgres.public.account', 'postgres.public.bad']);
    expect(partly).toMatchObject({ code: 3, document: { state: 'partly', tables: [{}, { error: failed }] } });
    const none = await json([...run, 'postgres.public.bad']);
    expect(none).toMatchObject({ code: 1, document: { state: 'failed', error: { code: 'table/changed' } } });
  });

  test.each([
    ['a terminal, which tells every process', -1],
    ['a process that tells only the first', 1],
  ])('Ctrl-C from %s ends the waiting and not the job, and says so', async (_, group) => {
    let release = () => {};
    let took: (claimed: Claimed) => void = () => {};
    const taken = new Promise<Claimed>((resolve) => {
      took = resolve;
    });
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    execute = async (input, claimed) => {
      took(claimed);
      await held;
      return answerAll(input, claimed);
    };
    const { child, texts, ended } = start([...run, 'postgres.public.account', '--json']);
    const { jobId, number } = await taken;
    await expect.poll(() => texts.stderr, { timeout: 20_000 }).toContain(`job #${number} is running`);
    process.kill(group * child.pid!, 'SIGINT');
    const { code, stdout, stderr } = await ended;
    expect([code, stderr]).toEqual([
      130,
      expect.stringContaining(`job ${number} goes on: tidemark job watch ${number}`),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ jobId, state: 'running' });
    expect((await json(['job', 'show', jobId])).document.job.state).toBe('running');
    release();
    execute = answerAll;
    const watched = await json(['job', 'watch', `#${number}`]);
    expect(watched).toMatchObject({ code: 0, document: { jobId, state: 'succeeded', tables: [{ rows: 1_000_000 }] } });
  });
});

describe('restores', () => {
  const restore = (verb: string, ...more: string[]) => ['restore', verb, 'bank', '--backup', 'b1', ...more];
  let backupId: string;
  beforeAll(async () => {
    backupId = (await json(['backup', 'list'])).document.backups[0].id;
  });
  const real = (args: string[]) => args.map((arg) => (arg === 'b1' ? backupId : arg));

  test('a restore runs the plan it made, and is told as the contract says', async () => {
    const { code, document } = await json(
      real(restore('run', '--wait', '--table', 'postgres.public.account=postgres.new."a=b"')),
    );
    expect(code).toBe(0);
    expect(document).toMatchObject({
      state: 'succeeded',
      point: { kind: 'backup', backupId },
      timings: { baseMs: 1, catchUpMs: 0, indexMs: 2, totalMs: 3 },
    });
    expect(document.tables).toEqual([
      {
        source: 'postgres.public.account',
        target: 'postgres.new.a=b',
        outcome: 'succeeded',
        rows: 1_000_000,
        changesApplied: 0,
        digest: '0f',
      },
    ]);
  });

  test('lists of tables and targets come from files', async () => {
    writeFileSync(join(folder, 'tables'), '# two\npostgres.public.account\npostgres.public.b\n');
    writeFileSync(join(folder, 'targets'), 'postgres.x.a\npostgres.x.b\n');
    const planned = await json(real(restore('plan', '--table-list', 'tables', '--restore-target-list', 'targets')));
    expect(planned).toMatchObject({
      code: 0,
      document: {
        planJobId: expect.any(String),
        plan: { tables: [{ target: 'postgres.x.a' }, { target: 'postgres.x.b' }] },
      },
    });
  });

  test('a table that cannot be restored is never silently missing', async () => {
    const some = await json(
      real(restore('run', '--wait', '--table', 'postgres.public.account', 'postgres.public.taken')),
    );
    expect(some).toMatchObject({
      code: 3,
      document: {
        state: 'partly',
        tables: [{ outcome: 'succeeded' }, { outcome: 'failed', error: { code: 'restore/target-exists' } }],
      },
    });
    const only = await json(real(restore('run', '--wait', '--table', 'postgres.public.taken')));
    expect(only).toMatchObject({
      code: 1,
      document: { error: { code: 'restore/target-exists', hint: 'Say --clean.' } },
    });
  });

  test('a failed check stops the restore before it is a job, and is shown', async () => {
    const before = (await json(['job', 'list', '--kind', 'restore'])).document.jobs.length;
    const args = real(restore('run', '--table', 'postgres.public.shaky'));
    expect(await json(args)).toMatchObject({
      code: 1,
      document: { error: { code: 'restore/checks-failed', context: { checks: [{ id: 'privilege' }] } } },
    });
    expect((await tidemark(args)).stderr).toMatch(/bad +Privileges: CREATE is missing\n +Grant CREATE/);
    expect((await tidemark(real(restore('plan', '--table', 'postgres.public.shaky')))).code).toBe(1);
    expect((await json(['job', 'list', '--kind', 'restore'])).document.jobs).toHaveLength(before);
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
    ['a password variable that is not set', [...add, '--password-env', 'ABSENT'], 'not set'],
    ['no table', ['backup', 'run', 'bank'], 'nothing to back up is named'],
    ['a name that is none', ['backup', 'run', 'bank', '--table', 'account'], 'not a table name'],
    [
      'a method that does not exist yet',
      ['backup', 'run', 'bank', '--all', '--method', 'physical'],
      'only logical backups',
    ],
    ['a relative path', ['destination', 'add', 'x', '--kind', 'fs', '--path', 'backups'], 'absolute path'],
  ])('%s is a usage error: exit code 2, one document', async (_, args, message) => {
    const { code, document } = await json(args);
    expect([code, document.error.message]).toEqual([2, expect.stringContaining(message)]);
    expect(JSON.stringify(document)).not.toContain('s3cret');
    const text = await tidemark(args);
    expect([text.code, text.stdout]).toEqual([2, '']);
    expect(text.stderr).toContain(message);
  });
});

describe('the way to the console', () => {
  test('what is wrong with what was typed is said before a console is asked', async () => {
    const args = ['restore', 'run', 'bank', '--table', 'a.b.c', '--at', '2026-11-20 10:15:00'];
    const nowhere = { TIDEMARK_DATA: join(folder, 'absent'), TIDEMARK_URL: 'http://127.0.0.1:1' };
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
    await database.db.apiToken.create({
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
