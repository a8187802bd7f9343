import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { pause } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import { type ConsoleUser, consoleUserOf } from './console-user.ts';
import { commandAs } from './run-as.ts';
import { freePort } from './server-process.ts';

const root = join(import.meta.dirname, '..');

/** A console with its executor that this process started. */
export interface Console extends ConsoleUser {
  readonly pid: number;
  /** The admin's one-time password; null where the data folder knew people before. */
  readonly password: string | null;
}

export interface ConsoleOptions {
  dataFolder: string;
  /** Taken when it is free, else another. */
  port?: number;
  /** Given what ends the console as soon as it runs, ready or not. */
  onStart: (stop: () => Promise<void>) => void;
}

/** `npm start`, until it answers. Errors: `internal/unexpected` with the last lines it said. */
export async function startConsole({ dataFolder, port: wanted, onStart }: ConsoleOptions): Promise<Console> {
  const port = await freePort(wanted);
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, TIDEMARK_DATA: dataFolder, PORT: String(port), HOST: '127.0.0.1' };
  const [program, ...args] = commandAs({ kind: 'self' }, [process.execPath, 'server/launcher.ts'], 'TERM');
  // Its own process group: Ctrl-C is for us, we then end it in good order.
  const child = spawn(program!, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = listen(child);
  onStart(() => end(child));
  await whenReady(child, url, said);
  return { ...consoleUserOf(url, dataFolder), pid: child.pid!, password: passwordIn(said()) };
}

/** The last lines the child said, for when it fails. */
function listen(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (more: string) => {
      text = (text + more).slice(-20_000);
    });
  }
  return () => text;
}

const passwordIn = (said: string): string | null => /, password (\S+) \(shown once\)/.exec(said)?.[1] ?? null;

/** Building the console for the first time takes a minute on a slow machine. */
const readyWithinMs = 300_000;

async function whenReady(child: ChildProcess, url: string, said: () => string): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
    // What answers at this address may be somebody else's until ours says that it listens.
    if (said().includes(`Tidemark console: ${url}`) && (await isReady(url))) return;
    await pause(100);
  }
  const tail = said().trimEnd().split('\n').slice(-15).join('\n');
  throw new TidemarkError('internal/unexpected', `the console did not start:\n${tail}`, {
    hint: 'Start it alone with: npm start',
  });
}

async function isReady(url: string): Promise<boolean> {
  try {
    const health = (await (await fetch(`${url}/api/health`)).json()) as { ready: boolean };
    return health.ready;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 45_000);
  await exited;
  clearTimeout(late);
}
