import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { pause } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import { commandAs, identityOf, type RunAs } from './run-as.ts';

/** A database server that we started. `exited` settles when it is gone. */
export interface ServerProcess {
  readonly pid: number;
  readonly exited: Promise<void>;
  /** Asks it to end in good order, waits; after `graceMs` it is killed. */
  stop(graceMs?: number): Promise<void>;
  /** As if the machine had lost power (but for what the kernel still holds). Waits until it is gone. */
  kill(): Promise<void>;
}

export interface SpawnServerOptions {
  command: readonly string[];
  runAs: RunAs;
  logFile: string;
  /** The signal that means "end soon, in good order" to this server. */
  stopSignal: 'TERM' | 'INT';
  /** false: the server ends with us. true: it lives on, and so can we without waiting for it. */
  detached: boolean;
}

export function spawnServer(options: SpawnServerOptions): ServerProcess {
  const { runAs, detached, stopSignal } = options;
  const [program, ...args] = commandAs(runAs, options.command, detached ? undefined : stopSignal);
  const log = openSync(options.logFile, 'a');
  // cwd `/`: the server must not fail for, or hold on to, a folder it may not enter.
  // Its own process group in any case: Ctrl-C in a terminal is for us, we then stop our servers in good order.
  const child = spawn(program!, args, {
    ...identityOf(runAs),
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
    env: serverEnvironment(),
  });
  closeSync(log);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
  child.unref();
  const pid = child.pid ?? -1;
  return {
    pid,
    exited,
    stop: (graceMs = 30_000) => endChild(child, exited, `SIG${stopSignal}`, graceMs),
    kill: () => endChild(child, exited, 'SIGKILL', 30_000),
  };
}

async function endChild(child: ChildProcess, exited: Promise<void>, signal: NodeJS.Signals, graceMs: number) {
  child.ref();
  child.kill(signal);
  const late = new AbortController();
  const timedOut = await Promise.race([exited.then(() => false), pause(graceMs, late.signal).then(() => true)]);
  late.abort();
  if (timedOut) {
    child.kill('SIGKILL');
    await exited;
  }
}

/** Nothing of ours (passwords among it) is handed to the servers. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' } as unknown as NodeJS.ProcessEnv;
}

/** Polls `isReady` until it is true. Errors: `node/unreachable` with the log's end when the server ended or is too slow. */
export async function waitUntilReady(
  server: ServerProcess,
  name: string,
  logFile: string,
  isReady: () => Promise<boolean>,
) {
  let gone = false;
  void server.exited.then(() => {
    gone = true;
  });
  const deadline = performance.now() + 60_000;
  while (!(await isReady())) {
    if (gone || performance.now() > deadline) {
      if (!gone) await server.kill();
      const why = gone ? 'ended at once' : 'did not answer within 60 s';
      throw new TidemarkError('node/unreachable', `${name} ${why}: ${logEnd(logFile)}`, { context: { logFile } });
    }
    await pause(15);
  }
}

/** The last lines of a server's log that say something went wrong, or simply the last ones. */
function logEnd(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-40);
  const errors = lines.filter((line) => /\b(ERROR|FATAL|PANIC)\b/.test(line));
  return (errors.length > 0 ? errors : lines).slice(-3).join(' | ');
}

/** A port on 127.0.0.1 that was free a moment ago; `wanted` when that one is. */
export async function freePort(wanted?: number): Promise<number> {
  return (wanted === undefined ? undefined : await tryPort(wanted)) ?? (await tryPort(0))!;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}

/**
 * Starts with a free port, again with another when somebody was quicker. A port that the caller asked for is tried once.
 */
export async function onFreePort<T>(wanted: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(wanted ?? (await freePort()));
    } catch (error) {
      const clash = error instanceof TidemarkError && /address already in use/i.test(error.message);
      if (!clash || wanted !== undefined || attempt === 5) throw error;
    }
  }
}
