import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pause, throwIfStopped } from '#server/base/abort.ts';
import type { Attempt } from '#server/command/attempt.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import type { AskContext } from '#server/job/ask.ts';
import { type JobDetail, showJob } from '#server/job/show.ts';
import { eventually, testContext } from '#server/job/test-context.ts';
import type { RunningExecutor } from './loop.ts';
import type { Outcome } from './runner.ts';
import { startTestExecutor } from './test-executor.ts';

/** For tests: a real database of ours, and executors here and in processes. */
export class ExecutorStage {
  database!: TestDatabase;
  context!: AskContext;
  readonly #executors: RunningExecutor[] = [];
  readonly #children: ChildProcess[] = [];

  async open(): Promise<void> {
    this.database = await startTestDatabase();
    this.context = testContext(this.database);
  }

  /** Ends all executors, and what a failed test left must not fail the next. */
  async clear(): Promise<void> {
    await Promise.all(this.#executors.splice(0).map((executor) => executor.stop()));
    for (const child of this.#children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await this.database.db.job.deleteMany({ where: { state: { in: ['queued', 'running', 'cancelling'] } } });
  }

  async close(): Promise<void> {
    if (!this.database) return;
    await this.clear();
    await this.database.close();
  }

  async start(options: Parameters<typeof startTestExecutor>[1]): Promise<RunningExecutor> {
    const executor = await startTestExecutor(this.database, options);
    this.#executors.push(executor);
    return executor;
  }

  async startChild(name: string): Promise<ChildProcess> {
    const script = join(import.meta.dirname, 'slow-executor-fixture.ts');
    const child = spawn(process.execPath, [script, this.database.url, name], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(child);
    await once(child.stdout!, 'data');
    return child;
  }

  job(jobId: string): Promise<JobDetail> {
    return showJob(this.context, { id: jobId });
  }

  inState(jobId: string, state: string, ms?: number): Promise<JobDetail> {
    return eventually(
      `job is ${state}`,
      async () => {
        const job = await this.job(jobId);
        return job.state === state ? job : null;
      },
      ms,
    );
  }
}

export async function untilStopped(attempt: Attempt): Promise<Outcome> {
  while (!attempt.cancellation.stop.aborted) await pause(1_000, attempt.cancellation.stop);
  throwIfStopped(attempt.cancellation.stop);
  throw new Error('not reached');
}
