import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { TidemarkError } from '#server/base/error.ts';
import { programPath } from './programs.ts';
import { chooseRunAs, commandAs, giveFolder, identityOf, type RunAs } from './run-as.ts';
import { freePort, onFreePort, type ServerProcess, spawnServer, waitUntilReady } from './server-process.ts';
import { socketFolder } from './socket-folder.ts';
import { copyTemplate } from './template-folder.ts';

const run = promisify(execFile);
const users = ['postgres', 'nobody'];

export interface PostgresOptions {
  /** Made when missing; holds everything of this server. A folder of an earlier server is started again as it is. */
  folder: string;
  /** Default: a free one, or the one this folder had before when it is still free. */
  port?: number;
  /** Added to, and stronger than, the settings below. */
  extraConfig?: Record<string, string | number | boolean>;
  /** Quick and forgetful: nothing waits for the disk. A kill of the process still loses nothing. */
  ephemeral?: boolean;
  /** true: lives on after us. Default false: ends with this process. */
  detached?: boolean;
}

export interface PostgresServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** The folder of the socket: what libpq and `pg` take as host. */
  readonly socket: string;
  readonly folder: string;
  readonly dataFolder: string;
  readonly logFile: string;
  readonly pid: number;
  /** The administrator, at the socket (which only we and the server can reach) and at 127.0.0.1. */
  readonly superuserLogin: { user: 'postgres'; password: string };
  /** A connection as the administrator over the socket; the caller ends it. */
  connect(database?: string): Promise<pg.Client>;
  /** Runs one text of any number of statements as the administrator. Errors: `node/query-failed`. */
  sql(text: string, database?: string): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** Starts a private PostgreSQL 15 on 127.0.0.1 and returns when it answers. Errors: `package/missing`, `node/unreachable`. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const folder = resolve(options.folder);
  const dataFolder = join(folder, 'data');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const runAs = chooseRunAs(folder, dataFolder, users);
  giveFolder(folder, runAs);
  const earlier = readState(folder);
  const state = earlier ?? { port: 0, password: randomBytes(18).toString('base64url') };
  if (!existsSync(dataFolder)) await makeDataFolder(dataFolder, runAs);

  const earlierPort = earlier && (await freePort(earlier.port)) === earlier.port ? earlier.port : undefined;
  return onFreePort(options.port ?? earlierPort, async (port) => {
    const socket = socketFolder(folder, runAs);
    const logFile = join(folder, 'server.log');
    const settings = Object.entries(configOf(socket, port, options)).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const process = spawnServer({
      command: [programPath('postgres'), '-D', dataFolder, ...settings],
      runAs,
      logFile,
      stopSignal: 'INT', // "fast": ends the sessions; TERM would wait for them
      detached: options.detached ?? false,
    });
    const connect = (database = 'postgres') => connectTo({ host: socket, port, user: 'postgres', database });
    await waitUntilReady(process, `postgres in ${folder}`, logFile, () =>
      answers(connect, earlier ? undefined : state.password),
    );
    writeFileSync(join(folder, 'server.json'), JSON.stringify({ ...state, port }), { mode: 0o600 });
    return serverHandle(process, { folder, dataFolder, socket, port, logFile }, state.password, connect);
  });
}

function serverHandle(
  process: ServerProcess,
  places: Pick<PostgresServer, 'folder' | 'dataFolder' | 'socket' | 'port' | 'logFile'>,
  password: string,
  connect: (database?: string) => Promise<pg.Client>,
): PostgresServer {
  return {
    host: '127.0.0.1',
    ...places,
    pid: process.pid,
    superuserLogin: { user: 'postgres', password },
    connect,
    sql: async (text, database) => {
      const client = await connect(database);
      try {
        await client.query(text);
      } catch (error) {
        const where = `postgres in ${places.folder}`;
        throw new TidemarkError('node/query-failed', `${where}: ${(error as Error).message}`, { cause: error });
      } finally {
        await client.end();
      }
    },
    stop: () => process.stop(),
    kill: () => process.kill(),
  };
}

async function makeDataFolder(dataFolder: string, runAs: RunAs): Promise<void> {
  const { stdout } = await run(programPath('postgres'), ['--version']);
  const version = `postgres-${/\d+\.\d+/.exec(stdout)?.[0] ?? 'unknown'}`;
  await copyTemplate({ name: 'postgres', version, target: dataFolder, runAs, users, make: initdb });
  // Over TCP only with the password. The socket is in a folder that is the server's own.
  const rules = ['local all all trust', 'local replication all trust', 'host all all 127.0.0.1/32 scram-sha-256'];
  rules.push('host replication all 127.0.0.1/32 scram-sha-256', '');
  const file = join(dataFolder, 'pg_hba.conf');
  rmSync(file);
  writeFileSync(file, rules.join('\n'), { mode: 0o600 });
  giveFolder(file, runAs);
}

async function initdb(folder: string, runAs: RunAs): Promise<void> {
  const [program, ...args] = commandAs(runAs, [
    programPath('initdb'),
    `--pgdata=${folder}`,
    '--username=postgres',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--auth-local=trust',
    '--auth-host=reject',
    '--no-sync',
    '--no-instructions',
  ]);
  await run(program!, args, { ...identityOf(runAs), cwd: '/' });
}

function configOf(socket: string, port: number, options: PostgresOptions): Record<string, string | number | boolean> {
  return {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: socket,
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    shared_buffers: '64MB',
    ...(options.ephemeral ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
    ...options.extraConfig,
  };
}

/** True once it answers; the first time it also gets its password then, before anybody can use TCP. */
async function answers(connect: () => Promise<pg.Client>, newPassword: string | undefined): Promise<boolean> {
  let client: pg.Client;
  try {
    client = await connect();
  } catch {
    return false;
  }
  try {
    if (newPassword !== undefined)
      await client.query(`ALTER ROLE postgres PASSWORD ${client.escapeLiteral(newPassword)}`);
    return true;
  } finally {
    await client.end();
  }
}

async function connectTo(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client({ ...config, ssl: false, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // a server that ends under an idle connection must not end this process
  await client.connect();
  return client;
}

function readState(folder: string): { port: number; password: string } | undefined {
  const path = join(folder, 'server.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}
