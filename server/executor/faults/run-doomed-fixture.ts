import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from '#server/job/test-context.ts';
import type { Order } from './doomed-executor-fixture.ts';
import type { Fault } from './steps-fixture.ts';

/** A process that takes jobs and comes to grief where it is told to. One that was only stopped may be used again. */
export class Doomed {
  private readonly child: ChildProcess;
  private readonly lines: string[] = [];
  private heard = () => {};

  /** `cache`: a folder where what Node has compiled is kept for the next one. */
  constructor(databaseUrl: string, cache: string) {
    const script = join(import.meta.dirname, 'doomed-executor-fixture.ts');
    this.child = spawn(process.execPath, [script, databaseUrl], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_COMPILE_CACHE: cache },
    });
    createInterface(this.child.stdout!).on('line', (line) => {
      this.lines.push(line);
      this.heard();
    });
    this.child.on('exit', () => this.heard());
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  begin(fault: Fault | null, computingHost: string): void {
    this.lines.splice(0);
    this.child.stdin!.write(`${JSON.stringify({ fault, computingHost } satisfies Order)}\n`);
  }

  /** The first line that begins with one of these. Errors: the process ended, or did not say it in 30 s. */
  async says(...begins: string[]): Promise<string> {
    const deadline = performance.now() + 30_000;
    for (;;) {
      const line = this.lines.find((candidate) => begins.some((begin) => candidate.startsWith(begin)));
      if (line !== undefined) return line;
      const left = deadline - performance.now();
      if (left <= 0 || this.ended)
        throw new Error(`"${begins.join('" or "')}" was never said, only ${JSON.stringify(this.lines)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.heard = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** A process that was just told to stop may still run for a moment: only after this it may be woken. */
  async asleep(): Promise<void> {
    await eventually('the process is stopped', async () =>
      / T /.test(readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').replace(/^.*\)/, '')),
    );
  }

  wake(): void {
    this.child.kill('SIGCONT');
  }

  async gone(): Promise<void> {
    if (!this.ended) await once(this.child, 'exit');
  }

  /** The steps of the attempt that has ended. */
  async over(): Promise<Record<string, number>> {
    return JSON.parse((await this.says('over ')).slice('over '.length));
  }

  kill(): void {
    if (!this.ended) this.child.kill('SIGKILL');
  }
}
