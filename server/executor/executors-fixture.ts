import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestDatabase } from '#server/db/test-database.ts';
import type { RunningExecutor } from './loop.ts';
import { startTestExecutor } from './test-executor.ts';

/** For tests: executors of one database, here and in processes that can be killed. */
export class Executors {
  readonly #here: RunningExecutor[] = [];
  readonly #processes: ChildProcess[] = [];

  async start(database: TestDatabase, options: Parameters<typeof startTestExecutor>[1] = {}): Promise<RunningExecutor> {
    const executor = await startTestExecutor(database, options);
    this.#here.push(executor);
    return executor;
  }

  /** Returns when it takes jobs. */
  async startProcess({ url }: TestDatabase, name: string): Promise<ChildProcess> {
    const script = join(import.meta.dirname, 'slow-executor-fixture.ts');
    const child = spawn(process.execPath, [script, url, name], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#processes.push(child);
    await once(child.stdout!, 'data');
    return child;
  }

  /** Those here in good order, the processes by force. */
  async end(): Promise<void> {
    await Promise.all(this.#here.splice(0).map((executor) => executor.stop()));
    for (const child of this.#processes.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
}
