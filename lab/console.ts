import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import { hasEnded } from '#server/contract/job.ts';
import { commandAs } from './run-as.ts';
import { freePort } from './server-process.ts';

const root = join(import.meta.dirname, '..');

// biome-ignore lint/suspicious/noExplicitAny: what a command or the API says, as any script sees it
export type Answer = any;

/** A console with its executor that this process started, used only from the outside: over HTTP and by commands. */
export interface Console {
  readonly url: string;
  readonly dataFolder: string;
  readonly pid: number;
  /** The admin's one-time password; null where the data folder knew people before. */
  readonly password: string | null;
  /** Runs `tidemark … --json`. Errors: the command's own failure, under its code. */
  cli(args: readonly string[], env?: Record<string, string>): Promise<Answer>;
  /** A query of the API, as the machine's own command line may ask it. */
  ask(procedure: string, input: unknown): Promise<Answer>;
  /** Waits for a job's end. Errors: the job's own failure, when it did not succeed. */
  jobEnd(jobId: string): Promise<{ seconds: string }>;
  stop(): Promise<void>;
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
  const own = { ...process.env, TIDEMARK_DATA: dataFolder, PORT: String(port), HOST: '127.0.0.1' };
  const [program, ...args] = commandAs({ kind: 'self' }, [process.execPath, 'server/launcher.ts'], 'TERM');
  // Its own process group: Ctrl-C is for us, we then end it in good order.
  const child = spawn(program!, args, { cwd: root, env: own, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = listen(child);
  const stop = () => end(child);
  onStart(stop);
  await whenReady(child, url, said);

  const token = () => readFileSync(join(dataFolder, 'cli-token'), 'utf8').trim();
  const ask = async (procedure: string, input: unknown) => {
    const query = `input=${encodeURIComponent(JSON.stringify({ json: input }))}`;
    const answer = await fetch(`${url}/api/trpc/${procedure}?${query}`, {
      headers: { authorization: `Bearer ${token()}` },
    });
    const body: Answer = await answer.json();
    if (!answer.ok) throw failureOf(body.error?.json?.data?.failure, `${procedure} answered ${answer.status}`);
    return body.result.data.json;
  };
  return {
    url,
    dataFolder,
    pid: child.pid!,
    password: passwordIn(said()),
    cli: (args, more = {}) => runCli(args, { ...own, ...more, TIDEMARK_URL: url }),
    ask,
    jobEnd: async (jobId) => {
      for (;;) {
        const job = await ask('job.show', { id: jobId });
        if (job.state === 'succeeded') {
          return { seconds: ((Date.parse(job.endedAt) - Date.parse(job.startedAt)) / 1_000).toFixed(1) };
        }
        if (hasEnded(job.state)) throw failureOf(job.error, `job ${job.number} ended as ${job.state}`);
        await pause(100);
      }
    },
    stop,
  };
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

const passwordIn = (said: string): string | null => /password:?\s+(\S+)/i.exec(said)?.[1] ?? null;

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
    const health: Answer = await (await fetch(`${url}/api/health`)).json();
    return health.ready === true;
  } catch {
    return false;
  }
}

async function runCli(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Answer> {
  const child = spawn(process.execPath, [join(root, 'bin/tidemark.js'), ...args, '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err = (err + text).slice(-2_000);
  });
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  const answer = parsed(out);
  if (code === 0 && answer !== null) return answer;
  throw failureOf(
    answer?.error,
    `tidemark ${args.slice(0, 2).join(' ')} ended with ${code}: ${err.trim() || out.trim()}`,
  );
}

function parsed(text: string): Answer | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function failureOf(failure: Answer, otherwise: string): TidemarkError {
  if (typeof failure?.code !== 'string') return new TidemarkError('internal/unexpected', otherwise);
  return new TidemarkError(failure.code, failure.message, { hint: failure.hint, context: failure.context });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await exited;
  clearTimeout(late);
}
