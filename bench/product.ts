import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Console, startConsole } from '#lab/console.ts';
import type { Answer } from '#lab/console-user.ts';
import type { MariadbServer } from '#lab/mariadb-server.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { OurSample } from './document.ts';
import { watchMemory } from './watch/memory.ts';
import {
  commandOf,
  cpuSecondsOf,
  forgetPeak,
  peakResidentBytes,
  residentBytes,
  treeCpuSeconds,
  treeOf,
} from './watch/process-tree.ts';

/** The product as it is shipped: what `npm start` runs, in a folder of its own, used by its command line. */
export interface Product {
  /** A backup of one database. */
  backup(database: string): Promise<OurSample & { backupId: string }>;
  /** Restores tables of a backup into another database, under their own names. `more`: further options of the command. */
  restore(
    backupId: string,
    from: string,
    into: string,
    tables: readonly string[],
    more?: readonly string[],
  ): Promise<{ sample: OurSample; timings: RestoreTimings }>;
  remove(backupId: string): Promise<void>;
  /** Runs a command that waits for its job, which is measured. */
  measured(args: readonly string[]): Promise<{ answer: Answer; sample: OurSample }>;
  /** Registers the same server once more, under another name. */
  register(name: string): Promise<void>;
  readonly tidemark: Console;
  readonly executorPid: number;
  /** Everything but the executor, at rest. */
  readonly restingRssBytes: number;
}

export interface RestoreTimings {
  baseMs: number;
  indexMs: number;
  compareMs: number;
  totalMs: number;
}

interface ProductOptions {
  folder: string;
  server: MariadbServer;
  login: { user: string; password: string };
  onStart: (stop: () => Promise<void>) => void;
}

/** What the server and the place for backups are registered as. */
export const cluster = 'bench';
export const destination = 'bench';

/** Starts it, registers the server, which holds its tables already, and a destination in `folder`. */
export async function startProduct({ folder, server, login, onStart }: ProductOptions): Promise<Product> {
  const tidemark = await startConsole({ dataFolder: join(folder, 'data'), onStart });
  const url = `mysql://${login.user}@${server.host}:${server.port}`;
  const register = async (name: string) => {
    const args = ['cluster', 'add', name, '--kind', 'mysql', '--url', url, '--password-env', 'BENCH_PASSWORD'];
    await tidemark.cli(args, { BENCH_PASSWORD: login.password });
  };
  await register(cluster);
  const path = join(folder, 'backups');
  mkdirSync(path, { mode: 0o700 });
  await tidemark.cli(['destination', 'add', destination, '--kind', 'fs', '--path', path]);
  const processes = processesOf(tidemark);
  return {
    tidemark,
    executorPid: processes.executor,
    register,
    measured: (args) => measured(tidemark, server.pid, args),
    restingRssBytes:
      processes.all().reduce((sum, pid) => sum + residentBytes(pid), 0) - residentBytes(processes.executor),
    backup: async (database) => {
      const args = ['backup', 'run', cluster, '--database', database, '--to', destination, '--wait'];
      const { answer, sample } = await measured(tidemark, server.pid, args);
      return { ...sample, storedBytes: storedBytesOf(answer), backupId: String(answer.backupId) };
    },
    restore: async (backupId, from, into, tables, more = []) => {
      const lists = { from: join(folder, 'tables.txt'), into: join(folder, 'targets.txt') };
      writeFileSync(lists.from, tables.map((table) => `${from}.${table}\n`).join(''));
      writeFileSync(lists.into, tables.map((table) => `${into}.${table}\n`).join(''));
      const named = ['--table-list', lists.from, '--restore-target-list', lists.into];
      const args = ['restore', 'run', cluster, ...named, '--backup', backupId, ...more, '--wait'];
      const { answer, sample } = await measured(tidemark, server.pid, args);
      return { sample, timings: answer.timings };
    },
    remove: async (backupId) => {
      await tidemark.cli(['backup', 'remove', backupId]);
    },
  };
}

/**
 * Runs a command to the end of its job. Seconds: from when the job was created to when it had ended, which is what a
 * person waits for; the command's own start is only in `commandSeconds`. Errors: the job's own failure.
 */
async function measured(
  tidemark: Console,
  serverPid: number,
  args: readonly string[],
): Promise<{ answer: Answer; sample: OurSample }> {
  const { executor } = processesOf(tidemark);
  forgetPeak(executor);
  const cpuBefore = treeCpuSeconds(executor);
  const serverBefore = cpuSecondsOf(serverPid);
  const memory = watchMemory(executor);
  const allMemory = watchMemory(tidemark.pid);
  const began = performance.now();
  try {
    const answer = await tidemark.cli(args);
    const commandSeconds = (performance.now() - began) / 1_000;
    const job = await tidemark.ask('job.show', { id: answer.jobId });
    const seconds = (Date.parse(job.endedAt) - Date.parse(job.createdAt)) / 1_000;
    const sample = {
      seconds,
      totalSeconds: seconds,
      commandSeconds,
      // What the kernel kept of the one process, where it rose and fell between two looks.
      peakRssBytes: Math.max(memory.stop(), peakResidentBytes(executor)),
      allProcessesPeakRssBytes: allMemory.stop(),
      serverCpuSeconds: cpuSecondsOf(serverPid) - serverBefore,
      clientCpuSeconds: treeCpuSeconds(executor) - cpuBefore,
    };
    return { answer, sample };
  } finally {
    memory.stop();
    allMemory.stop();
  }
}

function processesOf({ pid }: Console): { executor: number; all: () => number[] } {
  const all = () => treeOf([pid]);
  const executor = all().find((one) => one !== pid && /\bserver\/main\.ts\b/.test(commandOf(one)));
  if (executor === undefined) throw new TidemarkError('internal/unexpected', 'the console runs no executor');
  return { executor, all };
}

const storedBytesOf = (answer: Answer): number =>
  answer.tables.reduce((sum: number, table: { storedBytes: number }) => sum + table.storedBytes, 0);
