import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createAuth } from '#server/auth/auth.ts';
import { ensureLocalToken } from '#server/auth/local-token.ts';
import { systemClock } from '#server/base/clock.ts';
import { toFailure } from '#server/base/error.ts';
import { silentLogger } from '#server/base/log.ts';
import { keyringOf } from '#server/config/keyring.ts';
import type { NodeCheck } from '#server/contract/cluster.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { type Claimed, claimJob } from '#server/job/claim.ts';
import { finishJob } from '#server/job/finish.ts';
import type { JobInput } from '#server/job/input.ts';
import { answerTrpc } from './answer.ts';
import { good, type Played, playJob } from './played-jobs-fixture.ts';

const program = join(import.meta.dirname, '../../bin/tidemark.js');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A cluster `bank` as it is typed, its passwords in the variables PW and SPW. */
const url = 'postgres://me@127.0.0.1:1/postgres';
export const addBank = ['cluster', 'add', 'bank', '--kind', 'fdw', '--url', url, '--storage-user', 'st'];
export const secrets = { PW: 'main-pw', SPW: 'storage-pw' };
export const withSecrets = ['--password-env', 'PW', '--storage-password-env', 'SPW'];

/**
 * For tests: the real command line as a process, the real router over HTTP, a real database. No executor: the stage
 * takes the jobs as one would, and ends them as the test wants them to have ended.
 */
export class CommandLineStage {
  database!: TestDatabase;
  /** Where the command line runs. */
  readonly folder = mkdtempSync(join(tmpdir(), 'tidemark-cli-'));
  /** What is found of the nodes of any cluster. */
  checks: readonly NodeCheck[] = [good];
  readonly plays = (input: JobInput): Promise<Played> => playJob(input, this.checks);
  /** What is done with a job. */
  execute: (input: JobInput, claimed: Claimed) => Promise<Played> = this.plays;
  readonly #children = new Set<ChildProcess>();
  #server!: Server;

  async open(): Promise<void> {
    this.database = await startTestDatabase();
    const { db, listener, nudge } = this.database;
    const keyring = keyringOf(Buffer.alloc(32, 7));
    const base = { db, listener, nudge, keyring, log: silentLogger, clock: systemClock };
    const services = { ...base, auth: createAuth(base) };
    this.#server = createServer(async (request, response) => {
      const answer = await answerTrpc(services, webRequest(request));
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    await ensureLocalToken({ db, clock: systemClock }, this.database.dataFolder);
    listener.subscribe((change) => {
      if (change.about === 'job' && change.what === 'queued') void this.#takeOne();
    });
  }

  async close(): Promise<void> {
    for (const { pid } of this.#children) process.kill(-pid!, 'SIGKILL');
    await new Promise((resolve) => this.#server.close(resolve));
    await this.database.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  start(args: readonly string[], env: Record<string, string> = {}) {
    const { PATH, HOME } = process.env;
    const { port } = this.#server.address() as AddressInfo;
    const here = { TIDEMARK_URL: `http://127.0.0.1:${port}`, TIDEMARK_DATA: this.database.dataFolder };
    const child = spawn(program, args, {
      cwd: this.folder,
      // A process group of its own, as a terminal's foreground job is.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH, HOME, ...here, ...env } as unknown as NodeJS.ProcessEnv,
    });
    this.#children.add(child);
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        texts[name] += text;
      });
    }
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (code) => {
        this.#children.delete(child);
        resolve({ code, ...texts });
      });
    });
    return { child, texts, ended };
  }

  readonly tidemark = (args: readonly string[], env?: Record<string, string>): Promise<Ended> =>
    this.start(args, env).ended;

  /** With --json: the one document on standard output. */
  readonly json = async (args: readonly string[], env?: Record<string, string>) => {
    const { code, stdout } = await this.tidemark([...args, '--json'], env);
    return { code, document: JSON.parse(stdout) };
  };

  /** What an executor would do with the next job, of either lane. */
  async #takeOne(): Promise<void> {
    const { db } = this.database;
    for (const lane of ['quick', 'long'] as const) {
      const claimed = await claimJob(db, { executor: 'test', lane, leaseMs: 60_000 });
      if (!claimed) continue;
      const ending = await this.execute(claimed.input as JobInput, claimed).catch(
        (error): Played => ({ state: 'failed', error: toFailure(error) }),
      );
      await db.$transaction(async (rows) => {
        await ending.before?.(rows);
        await finishJob(rows, claimed, ending);
      });
    }
  }
}

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
