/**
 * `npm start`: database → migrations → console and one executor, kept running until SIGTERM or SIGINT; then everything
 * that was started is ended, the database last. Prints the address, and once, ever, the password of the first admin.
 */

import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pause } from './base/abort.ts';
import { systemClock } from './base/clock.ts';
import { TidemarkError, toFailure } from './base/error.ts';
import { executorEnvironment, executorFlags } from './base/executor-process.ts';
import { createLogger, type Logger } from './base/log.ts';
import { supervise } from './base/supervise.ts';
import { type Config, readEnvironment } from './config/environment.ts';
import { openKeyring } from './config/keyring.ts';
import { generateClientIfStale } from './db/generate-client.ts';

const root = join(import.meta.dirname, '..');
/** A job may take this long to be handed back. */
const executorGraceMs = 30_000;
const webGraceMs = 5_000;
/** About two minutes without one answer: shorter would kill a console on a machine that swaps. */
const consoleHearing = { everyMs: 10_000, silences: 6 };
const loopback = /^(127\.|localhost$|::1$)/;

type Step = () => Promise<unknown>;
/** What ends what was started; run from the last to the first. */
const undo: Step[] = [];
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stopping.abort());

let exitCode = 0;
try {
  const config = readEnvironment(process.env);
  await launch(config, createLogger({ level: config.logLevel, fields: { process: 'launcher' } }));
  await untilStopped();
} catch (error) {
  exitCode = stopping.signal.aborted ? 0 : 1;
  if (exitCode === 1) complain(error);
}
for (const step of undo.reverse()) {
  await step().catch((error: unknown) => {
    exitCode = 1;
    complain(error);
  });
}
process.exit(exitCode);

async function launch(config: Config, log: Logger): Promise<void> {
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 });
  if (config.withConsole) await refuseTakenPort(config);
  await generateClientIfStale();
  throwIfStopping();
  const databaseUrl = config.databaseUrl ?? (await startDatabase(config));
  await prepareRows(config, databaseUrl, log);
  throwIfStopping();
  const env = { ...process.env, TIDEMARK_DATA: config.dataFolder, DATABASE_URL: databaseUrl };
  startExecutor(config, env, log);
  if (config.withConsole) await startConsole(config, env, log);
  throwIfStopping();
  if (config.withConsole) announce(config);
}

async function startDatabase(config: Config): Promise<string> {
  const { startEmbeddedPostgres } = await import('./db/embedded-postgres.ts');
  const { lockConsole } = await import('./db/lock-console.ts');
  chmodSync(config.dataFolder, 0o700);
  const server = await startEmbeddedPostgres(config.dataFolder);
  // Only who has the lock may stop it: another console may be using it.
  const unlock = await lockConsole(server.url, config.dataFolder);
  undo.push(async () => {
    await unlock();
    await server.stop();
  });
  return server.url;
}

/** Migrations, the first admin, the local token, and which key seals. */
async function prepareRows(config: Config, databaseUrl: string, log: Logger): Promise<void> {
  const { migrateDatabase } = await import('./db/migrate.ts');
  const { openDatabase } = await import('./db/client.ts');
  const { noteKey } = await import('./db/note-key.ts');
  const { ensureFirstAdmin } = await import('./auth/first-admin.ts');
  const { ensureLocalToken } = await import('./auth/local-token.ts');
  const applied = await migrateDatabase(databaseUrl);
  if (applied.length > 0) log.info('migrations applied', { applied });
  const db = openDatabase(databaseUrl);
  try {
    if (await noteKey(db, openKeyring(config))) {
      log.warn(
        'the secret key is not the one used before: stored credentials cannot be opened and must be entered again',
      );
    }
    const rows = { db, clock: systemClock };
    await ensureLocalToken(rows, config.dataFolder);
    const first = await ensureFirstAdmin(rows);
    // At once: nobody can say it a second time, whatever fails after this.
    if (first) say(`First sign-in: user ${first.username}, password ${first.password} (shown once)`);
  } finally {
    await db.$disconnect();
  }
}

function startExecutor(config: Config, env: NodeJS.ProcessEnv, log: Logger): void {
  const child = supervise({
    name: 'executor',
    command: [...executorFlags, join(root, 'server/main.ts')],
    // Each thread that reads rows loads its code anew: kept compiled, it begins in half the time.
    env: { NODE_COMPILE_CACHE: join(config.dataFolder, 'compiled'), ...executorEnvironment, ...env },
    cwd: root,
    log,
  });
  undo.push(() => child.stop(executorGraceMs));
}

async function startConsole(config: Config, env: NodeJS.ProcessEnv, log: Logger): Promise<void> {
  await buildConsole(env);
  throwIfStopping();
  const child = supervise({
    name: 'console',
    command: [join(root, 'scripts/web.ts'), '--port', String(config.port), '--hostname', config.host],
    env: { ...env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    cwd: root,
    log,
    hearing: { answers: () => answers(config), ...consoleHearing },
  });
  undo.push(() => child.stop(webGraceMs));
  while (!stopping.signal.aborted && !(await answers(config))) await pause(100, stopping.signal);
}

async function buildConsole(env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'scripts/build.ts')], {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const stop = () => child.kill('SIGTERM');
  stopping.signal.addEventListener('abort', stop, { once: true });
  const code = await new Promise<number | null>((resolve, reject) => child.once('exit', resolve).once('error', reject));
  stopping.signal.removeEventListener('abort', stop);
  if (code !== 0)
    throw new TidemarkError('internal/unexpected', 'the console could not be built', {
      hint: 'Read what was printed above.',
    });
}

/** Any answer will do: it listens. */
async function answers(config: Config): Promise<boolean> {
  try {
    const response = await fetch(`${addressOf(config)}/api/health`, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function refuseTakenPort({ port, host }: Config): Promise<void> {
  const problem = await new Promise<string | null>((resolve) => {
    const probe = createServer();
    probe.once('error', (error) => resolve(error.message));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(null)));
  });
  if (problem === null) return;
  throw new TidemarkError('config/invalid', `PORT ${port} on ${host} cannot be listened on: ${problem}`, {
    hint: 'Stop what uses it, or set PORT to another one.',
  });
}

/** Where the console is reached from this machine. */
function addressOf({ host, port }: Config): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function announce(config: Config): void {
  say(`Tidemark console: ${addressOf(config)}`);
  if (loopback.test(config.host)) return;
  say(
    `Warning: HOST ${config.host} can be reached by others, and passwords travel unencrypted. Put TLS in front of it.`,
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(error: unknown): void {
  const { code, message, hint } = toFailure(error);
  process.stderr.write(`${message}\n${hint}\n(${code})\n`);
}

function throwIfStopping(): void {
  if (stopping.signal.aborted) throw new TidemarkError('job/cancelled', 'stopped while starting');
}

function untilStopped(): Promise<void> {
  return new Promise((resolve) => stopping.signal.addEventListener('abort', () => resolve(), { once: true }));
}
