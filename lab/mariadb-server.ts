import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { type MariadbLogin, runMariadbSql } from './mariadb-client.ts';
import { programPath } from './programs.ts';
import { chooseRunAs, commandAs, giveFolder, identityOf, peerName, type RunAs } from './run-as.ts';
import { freePort, onFreePort, type ServerProcess, spawnServer, waitUntilReady } from './server-process.ts';
import { socketFolder } from './socket-folder.ts';
import { copyTemplate } from './template-folder.ts';

const run = promisify(execFile);

const users = ['mysql', 'nobody'];

export type MariadbConfig = Record<string, string | number | boolean>;

export interface MariadbOptions {
  /** Made when missing; holds everything of this server. A folder of an earlier server is started again as it is. */
  folder: string;
  /** Default: a free one, or the one this folder had before when it is still free. */
  port?: number;
  serverId?: number;
  /** Added to, and stronger than, the settings below; `false` and `true` are written as 0 and 1. */
  config?: MariadbConfig;
  /** Quick and forgetful: commits do not wait for the disk. A kill of the process still loses nothing. */
  ephemeral?: boolean;
  /** true: lives on after us. Default false: ends with this process. */
  detached?: boolean;
}

export interface MariadbServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly socket: string;
  readonly folder: string;
  readonly dataFolder: string;
  readonly logFile: string;
  readonly pid: number;
  /** The administrator, at the socket and at 127.0.0.1. */
  readonly rootSocketLogin: MariadbLogin;
  /** Whom this server takes us for at its socket: an administrator who needs no password there. */
  readonly socketUser: string;
  /** Runs statements as the administrator: see runMariadbSql. */
  sql(text: string, database?: string): Promise<string>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** Starts a private MariaDB on 127.0.0.1 and returns when it answers. Errors: `package/missing`, `node/unreachable`. */
export async function startMariadb(options: MariadbOptions): Promise<MariadbServer> {
  const folder = resolve(options.folder);
  const dataFolder = join(folder, 'data');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const runAs = chooseRunAs(folder, dataFolder, users);
  giveFolder(folder, runAs);
  // A server that starts deletes every temporary table in its tmpdir, those of other servers too; they crash of it.
  const tempFolder = join(folder, 'tmp');
  mkdirSync(tempFolder, { recursive: true, mode: 0o700 });
  giveFolder(tempFolder, runAs);
  const earlier = readState(folder);
  const state = earlier ?? { port: 0, rootPassword: randomBytes(18).toString('base64url') };
  if (!existsSync(dataFolder)) await makeDataFolder(dataFolder, runAs);

  const earlierPort = earlier && (await freePort(earlier.port)) === earlier.port ? earlier.port : undefined;
  return onFreePort(options.port ?? earlierPort, async (port) => {
    const socket = join(socketFolder(folder, runAs), 'mariadb.sock');
    const logFile = join(folder, 'server.log');
    writePrivate(join(folder, 'my.cnf'), configText({ folder, dataFolder, socket, port }, options), runAs);
    const initFile = join(folder, 'init.sql');
    writePrivate(initFile, earlier ? '' : firstStatements(state.rootPassword, peerName(runAs)), runAs);
    const process = spawnServer({
      command: [programPath('mariadbd'), `--defaults-file=${join(folder, 'my.cnf')}`, `--init-file=${initFile}`],
      runAs,
      logFile,
      stopSignal: 'TERM',
      detached: options.detached ?? false,
    });
    // The greeting comes only after the init file has run, and our socket can be answered by nobody else.
    await waitUntilReady(process, `mariadbd in ${folder}`, logFile, () => greets(socket));
    rmSync(initFile, { force: true });
    writeFileSync(join(folder, 'server.json'), JSON.stringify({ ...state, port }), { mode: 0o600 });
    return serverHandle(
      process,
      { folder, dataFolder, socket, port, logFile, socketUser: peerName(runAs) },
      { user: 'root', password: state.rootPassword },
    );
  });
}

function serverHandle(
  process: ServerProcess,
  places: Pick<MariadbServer, 'folder' | 'dataFolder' | 'socket' | 'port' | 'logFile' | 'socketUser'>,
  rootSocketLogin: MariadbLogin,
): MariadbServer {
  return {
    host: '127.0.0.1',
    ...places,
    pid: process.pid,
    rootSocketLogin,
    sql: (text, database) => runMariadbSql(places.socket, rootSocketLogin, text, database),
    stop: () => process.stop(),
    kill: () => process.kill(),
  };
}

async function makeDataFolder(dataFolder: string, runAs: RunAs): Promise<void> {
  const { stdout } = await run(programPath('mariadbd'), ['--no-defaults', '--version']);
  const version = /Ver (\S+)/.exec(stdout)?.[1] ?? 'unknown';
  await copyTemplate({ name: 'mariadb', version, target: dataFolder, runAs, users, make: install });
}

async function install(folder: string, runAs: RunAs): Promise<void> {
  // What it starts is a server too, and deletes what it finds where temporary tables lie: see startMariadb.
  const tempFolder = join(dirname(folder), 'tmp');
  mkdirSync(tempFolder, { mode: 0o700 });
  giveFolder(tempFolder, runAs);
  const [program, ...args] = commandAs(runAs, [
    programPath('mariadb-install-db'),
    '--no-defaults',
    `--datadir=${folder}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--innodb-log-file-size=4M', // copied with every data folder; grows to the configured size at the first start
  ]);
  await run(program!, args, { ...identityOf(runAs), cwd: '/', env: { ...process.env, TMPDIR: tempFolder } });
}

/**
 * No administrator is ever reachable over TCP without a password: these run before the first connection is answered.
 * At the socket, in a folder that only we can enter, being ourselves is enough.
 */
function firstStatements(rootPassword: string, peer: string): string {
  const byPassword = `mysql_native_password USING PASSWORD('${rootPassword}')`;
  return [
    'SET sql_log_bin = 0;',
    "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost');",
    'FLUSH PRIVILEGES;',
    `ALTER USER root@localhost IDENTIFIED VIA ${byPassword}${peer === 'root' ? ' OR unix_socket' : ''};`,
    `CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED VIA ${byPassword};`,
    "GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;",
    ...(peer === 'root'
      ? []
      : [
          `CREATE OR REPLACE USER \`${peer}\`@localhost IDENTIFIED VIA unix_socket;`,
          `GRANT ALL ON *.* TO \`${peer}\`@localhost WITH GRANT OPTION;`,
        ]),
    '',
  ].join('\n');
}

function configText(
  places: { folder: string; dataFolder: string; socket: string; port: number },
  options: MariadbOptions,
): string {
  const settings: MariadbConfig = {
    datadir: places.dataFolder,
    port: places.port,
    'bind-address': '127.0.0.1',
    socket: places.socket,
    'pid-file': join(places.folder, 'server.pid'),
    'log-error': join(places.folder, 'server.log'),
    tmpdir: join(places.folder, 'tmp'),
    server_id: options.serverId ?? 1,
    log_bin: join(places.folder, 'binlog'),
    binlog_format: 'ROW',
    binlog_row_image: 'FULL',
    log_bin_trust_function_creators: true, // restored triggers, without SUPER
    gtid_strict_mode: true,
    sync_binlog: options.ephemeral ? 0 : 1,
    innodb_flush_log_at_trx_commit: options.ephemeral ? 2 : 1,
    innodb_buffer_pool_size: '64M',
    innodb_log_file_size: options.ephemeral ? '32M' : '96M',
    max_allowed_packet: '256M',
    'character-set-server': 'utf8mb4',
    'skip-name-resolve': true,
    local_infile: true,
    performance_schema: false,
    ...options.config,
  };
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name}=${typeof value === 'boolean' ? Number(value) : value}`,
  );
  return `[mariadbd]\n${lines.join('\n')}\n`;
}

function writePrivate(path: string, text: string, runAs: RunAs): void {
  rmSync(path, { force: true });
  writeFileSync(path, text, { mode: 0o600 });
  giveFolder(path, runAs);
}

function readState(folder: string): { port: number; rootPassword: string } | undefined {
  const path = join(folder, 'server.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

function greets(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = connect(socket);
    const done = (answer: boolean) => {
      client.destroy();
      resolve(answer);
    };
    client.setTimeout(1_000, () => done(false));
    client
      .once('data', () => done(true))
      .once('error', () => done(false))
      .once('close', () => done(false));
  });
}
