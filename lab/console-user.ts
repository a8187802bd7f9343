import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import { hasEnded } from '#server/contract/job.ts';

const command = join(import.meta.dirname, '../bin/tidemark.js');

// biome-ignore lint/suspicious/noExplicitAny: what a command or the API says, as any script sees it
export type Answer = any;

/** A console used from the outside only, as a script on its own machine does: over HTTP and by commands. */
export interface ConsoleUser {
  readonly url: string;
  readonly dataFolder: string;
  /** Runs `tidemark … --json`. Errors: the command's own failure, under its code. */
  cli(args: readonly string[], env?: Record<string, string>): Promise<Answer>;
  /** A query of the API; numbers beyond 2^53 and instants are text. Errors: the API's own failure. */
  ask(procedure: string, input?: unknown): Promise<Answer>;
  /** Waits for a job's end and answers the job. Errors: the job's own failure, when it did not succeed. */
  jobEnd(jobId: string): Promise<Answer>;
}

export function consoleUserOf(url: string, dataFolder: string): ConsoleUser {
  const ask = async (procedure: string, input: unknown = null) => {
    const token = readFileSync(join(dataFolder, 'cli-token'), 'utf8').trim();
    const given = input === null ? '' : `?input=${encodeURIComponent(JSON.stringify({ json: input }))}`;
    const answer = await fetch(`${url}/api/trpc/${procedure}${given}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const body: Answer = await answer.json();
    if (!answer.ok) throw failureOf(body.error?.json?.data?.failure, `${procedure} answered ${answer.status}`);
    return body.result.data.json;
  };
  const jobEnd = async (jobId: string) => {
    for (;;) {
      const job = await ask('job.show', { id: jobId });
      if (job.state === 'succeeded') return job;
      if (hasEnded(job.state)) throw failureOf(job.error, `job ${job.number} ended as ${job.state}`);
      await pause(100);
    }
  };
  const own = { TIDEMARK_URL: url, TIDEMARK_DATA: dataFolder };
  return { url, dataFolder, ask, jobEnd, cli: (args, env) => runCommand(args, { ...process.env, ...own, ...env }) };
}

async function runCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Answer> {
  const child = spawn(process.execPath, [command, ...args, '--json'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
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
  const verb = args.slice(0, 2).join(' ');
  throw failureOf(answer?.error, `tidemark ${verb} ended with ${code}: ${err.trim() || out.trim()}`);
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
