import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { pause } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import { embeddedPrograms } from './embedded-program.ts';
import { embeddedUrl, socketFolderOf } from './embedded-url.ts';
import { findPostmaster, processState } from './postmaster.ts';
import { chooseRunAs, commandAs, type RunAs } from './run-as.ts';

const run = promisify(execFile);

export interface EmbeddedPostgres {
  readonly url: string;
  /** true: it was running already, left by a start that was killed. */
  readonly adopted: boolean;
  readonly pid: number;
  /** Ends sessions and stops in good order. */
  stop(): Promise<void>;
}

/**
 * The control plane's own PostgreSQL 18, from npm, in `<data folder>/postgres`. It has no TCP port: the only way in is a
 * socket in a folder nobody else may enter. Durable, unless `forgetful` (tests). One that still runs is adopted. Errors:
 * `package/missing`, `config/invalid` (a path its user cannot reach), `node/unreachable` with the end of its log.
 */
export async function startEmbeddedPostgres(
  dataFolder: string,
  options: { forgetful?: boolean } = {},
): Promise<EmbeddedPostgres> {
  const folder = join(dataFolder, 'postgres');
  const cluster = join(folder, 'data');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const programs = embeddedPrograms();
  const runAs = chooseRunAs(folder, [programs.postgres]);
  const url = embeddedUrl(dataFolder);
  const places = { folder, cluster, runAs };

  const logFile = join(folder, 'server.log');
  const handle = (pid: number, adopted: boolean) => ({ url, adopted, pid, stop: () => stopPid(pid, cluster) });
  const running = await findPostmaster(cluster);
  // One that was killed a moment ago may still look alive; it is waited for and then started again.
  if (running !== null && (await answersWhile(url, () => processState(running, cluster) === 'ours'))) {
    await createDatabase(url);
    return handle(running, true);
  }
  if (!existsSync(cluster)) await initialise(programs.initdb, places, options.forgetful ? ['--no-sync'] : []);
  const socket = socketFolderOf(dataFolder, runAs);
  const child = await retryWhileDying(url, logFile, () => start(programs.postgres, places, socket, options));
  await createDatabase(url);
  return handle(child.pid!, false);
}

/** The sessions of a server that was killed need a moment to notice; until then PostgreSQL refuses to start another. */
async function retryWhileDying(url: string, logFile: string, begin: () => ChildProcess): Promise<ChildProcess> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const child = begin();
    if (await answersWhile(url, () => child.exitCode === null && child.signalCode === null)) return child;
    const log = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-6).join(' | ');
    if (!/pre-existing shared memory|lock file "postmaster.pid"/.test(log) || performance.now() > deadline) {
      throw new TidemarkError('node/unreachable', `the embedded PostgreSQL does not answer: ${log}`, {
        hint: 'Read its log.',
        context: { logFile },
      });
    }
    await pause(200);
  }
}

interface Places {
  folder: string;
  cluster: string;
  runAs: RunAs;
}

const setpriv = '/usr/bin/setpriv';
const endWithUs = (): string[] => (existsSync(setpriv) ? [setpriv, '--pdeathsig', 'INT', '--'] : []);
const forgetful = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** The folder appears by rename: a start that is killed in the middle leaves no half of a database. */
async function initialise(initdb: string, { folder, cluster, runAs }: Places, extra: readonly string[]): Promise<void> {
  const scratch = join(folder, 'new');
  rmSync(scratch, { recursive: true, force: true });
  const { program, args, identity } = commandAs(runAs, [
    initdb,
    `--pgdata=${scratch}`,
    '--username=tidemark',
    '--auth-local=trust', // whoever reaches the socket owns the folder
    '--auth-host=reject',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
    ...extra,
  ]);
  await run(program, args, { ...identity, cwd: '/' });
  renameSync(scratch, cluster);
}

function start(
  postgres: string,
  { folder, cluster, runAs }: Places,
  socketFolder: string,
  options: { forgetful?: boolean },
): ChildProcess {
  const settings: Record<string, string> = {
    listen_addresses: '',
    unix_socket_directories: socketFolder,
    unix_socket_permissions: '0700',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    max_connections: '100',
    ...(options.forgetful ? forgetful : {}),
  };
  const line = [
    postgres,
    '-D',
    cluster,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  // A test that is killed must not leave its database behind; the real one outlives us, to be adopted.
  const { program, args, identity } = commandAs(runAs, [...(options.forgetful ? endWithUs() : []), ...line]);
  const log = openSync(join(folder, 'server.log'), 'a', 0o600);
  // Its own group: Ctrl-C in a terminal is for us, and we stop it last. cwd `/`: it holds on to no folder of ours.
  const child = spawn(program, args, {
    ...identity,
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } as unknown as NodeJS.ProcessEnv,
  });
  closeSync(log);
  child.on('error', () => {});
  child.unref();
  return child;
}

/** true as soon as it answers; false when it is gone, or silent for a minute. */
async function answersWhile(url: string, isAlive: () => boolean): Promise<boolean> {
  const deadline = performance.now() + 60_000;
  while (isAlive() && performance.now() < deadline) {
    if (await answers(url)) return true;
    await pause(20);
  }
  return false;
}

const adminOf = (url: string): string => url.replace('/tidemark?', '/postgres?');

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: adminOf(url), connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminOf(url) });
  await client.connect();
  try {
    const { rowCount } = await client.query(`SELECT 1 FROM pg_database WHERE datname = 'tidemark'`);
    if (rowCount === 0) await client.query('CREATE DATABASE tidemark');
  } finally {
    await client.end();
  }
}

/** "Fast" shutdown, then "immediate" (loses nothing that was acknowledged, but recovers at the next start). */
async function stopPid(pid: number, cluster: string): Promise<void> {
  for (const [signal, graceMs] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    const deadline = performance.now() + graceMs;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    while (performance.now() < deadline) {
      if (processState(pid, cluster) !== 'ours') return;
      await pause(20);
    }
  }
}
