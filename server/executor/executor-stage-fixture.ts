import type { ChildProcess } from 'node:child_process';
import { pause, throwIfStopped } from '#server/base/abort.ts';
import type { Attempt } from '#server/command/attempt.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import type { AskContext } from '#server/job/ask.ts';
import { type JobDetail, showJob } from '#server/job/show.ts';
import { eventually, testContext } from '#server/job/test-context.ts';
import { Executors } from './executors-fixture.ts';
import type { RunningExecutor } from './loop.ts';
import type { Outcome } from './runner.ts';

/** For tests: a real database of ours, and executors here and in processes. */
export class ExecutorStage {
  database!: TestDatabase;
  context!: AskContext;
  readonly #executors = new Executors();

  async open(): Promise<void> {
    this.database = await startTestDatabase();
    this.context = testContext(this.database);
  }

  /** Ends all executors, and what a failed test left must not fail the next. */
  async clear(): Promise<void> {
    await this.#executors.end();
    await this.database.db.job.deleteMany({ where: { state: { in: ['queued', 'running', 'cancelling'] } } });
  }

  async close(): Promise<void> {
    if (!this.database) return;
    await this.clear();
    await this.database.close();
  }

  start(options: Parameters<Executors['start']>[1]): Promise<RunningExecutor> {
    return this.#executors.start(this.database, options);
  }

  startChild(name: string): Promise<ChildProcess> {
    return this.#executors.startProcess(this.database, name);
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
