import { type ChildProcess, spawn } from 'node:child_process';
import { pause } from './abort.ts';
import type { Logger } from './log.ts';
import { backoffMs } from './retry.ts';

/** Ran at least this long: its end is news, not the next of a row of failed starts. */
const ranWellMs = 30_000;

export interface Supervised {
  /** Asks it to end (SIGTERM), kills it after `graceMs`, and starts it no more. */
  stop(graceMs: number): Promise<void>;
}

/** How to tell a program that runs and no longer answers (an endless loop, say), which does not end by itself. */
export interface Hearing {
  answers(): Promise<boolean>;
  everyMs: number;
  /** Killed after this many silences in a row; counted from its first answer, for a start may be slow. */
  silences: number;
}

/**
 * Keeps one Node program running: started again with growing waits when it ends by itself. It has an IPC channel, and is
 * expected to end when that closes, so that it never outlives us, however we end.
 */
export function supervise(options: {
  name: string;
  /** A Node program and its arguments. */
  command: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  log: Logger;
  hearing?: Hearing;
}): Supervised {
  const stopping = new AbortController();
  let child: ChildProcess | undefined;
  let ended: Promise<string> = Promise.resolve('');

  function start(): void {
    const fresh = spawn(process.execPath, options.command, {
      cwd: options.cwd,
      env: options.env,
      // What it prints is for the log: stdout is for what people should read.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    child = fresh;
    ended = new Promise((resolve) => {
      fresh.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
      fresh.once('error', (error) => resolve(error.message));
    });
  }

  async function keep(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      const began = performance.now();
      start();
      const gone = new AbortController();
      if (options.hearing) void listenTo(child!, options.hearing, gone.signal);
      const how = await ended;
      gone.abort();
      if (stopping.signal.aborted) return;
      failures = performance.now() - began > ranWellMs ? 0 : failures + 1;
      const waitMs = Math.round(backoffMs(failures, 200, 30_000));
      options.log.error(`${options.name} ended and is started again`, { how, waitMs });
      await pause(waitMs, stopping.signal);
    }
  }
  async function listenTo(program: ChildProcess, hearing: Hearing, gone: AbortSignal): Promise<void> {
    for (let silent = Number.NEGATIVE_INFINITY; silent < hearing.silences; ) {
      await pause(hearing.everyMs, gone);
      if (gone.aborted) return;
      silent = (await hearing.answers()) ? 0 : silent + 1;
    }
    options.log.error(`${options.name} no longer answers and is killed`, { silences: hearing.silences });
    // Deaf to SIGTERM as well: its handlers would run where nothing runs any more.
    program.kill('SIGKILL');
  }
  const kept = keep();

  return {
    stop: async (graceMs) => {
      stopping.abort();
      child?.kill('SIGTERM');
      const patience = new AbortController();
      const inTime = await Promise.race([ended.then(() => true), pause(graceMs, patience.signal).then(() => false)]);
      patience.abort();
      if (!inTime) child?.kill('SIGKILL');
      await kept;
    },
  };
}
