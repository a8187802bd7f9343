import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '#lab/programs.ts';
import { throwIfStopped } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { Sample } from '../document.ts';
import type { BenchServer } from '../mysql/server.ts';
import { runProgram } from '../run-program.ts';
import { watchMemory } from '../watch/memory.ts';
import { cpuSecondsOf, endedChildrenCpuSeconds } from '../watch/process-tree.ts';
import { database } from './tables.ts';

/** Today's way to one table at an instant: a dump of it, loaded, and its part of the log applied. */
export interface PitrPeers {
  /** A dump of one table, plain files. */
  dump(table: string): Promise<void>;
  load(table: string, into: string): Promise<Sample>;
  /** Applies what the log says of a table, from `position` of the first file to before `stop` (server's wall clock). */
  catchUp(table: string, into: string, log: KeptLog, stop: string): Promise<Sample>;
  /** Reads the whole log over the network into files. */
  capture(fromFile: string): Promise<Sample>;
  /** The same, and its files are kept. */
  keepLog(fromFile: string, position: number): Promise<KeptLog>;
}

export interface KeptLog {
  readonly files: readonly string[];
  /** Of the first file: what lies before is in the dump. */
  readonly position: number;
}

export function openPitrPeers(folder: string, { server, peer }: BenchServer, signal: AbortSignal): PitrPeers {
  mkdirSync(folder, { mode: 0o700 });
  const file = join(folder, 'login.cnf');
  writeFileSync(file, `[client]\npassword=${peer.password}\n`, { mode: 0o600 });
  const login = [`--defaults-file=${file}`, '-h', server.host, '-P', String(server.port), '-u', peer.user];
  const watched = { serverPid: server.pid, signal };
  const dumpOf = (table: string) => join(folder, `dump-${table}`);
  const capture = async (fromFile: string, into: string) => {
    mkdirSync(into, { mode: 0o700 });
    const args = [...login, '--read-from-remote-server', '--raw', '--to-last-log', '-r', `${into}/`, fromFile];
    return runProgram('mariadb-binlog', args, watched);
  };
  return {
    dump: async (table) => {
      const args = ['-v', '1', '-t', '2', '-r', '250000', '-B', database, '-T', table];
      await runProgram('mydumper', [...login, ...args, '-o', dumpOf(table)], watched);
    },
    load: (table, into) =>
      runProgram('myloader', [...login, '-v', '1', '-t', '2', '-B', into, '-d', dumpOf(table)], watched),
    catchUp: (table, into, { files, position }, stop) => {
      const from = ['-d', database, '-T', table, `--rewrite-db=${database}->${into}`];
      const span = [`--start-position=${position}`, `--stop-datetime=${stop}`];
      return runPiped(['mariadb-binlog', [...from, ...span, ...files]], ['mariadb', login], watched);
    },
    capture: async (fromFile) => {
      const into = join(folder, 'captured');
      try {
        return await capture(fromFile, into);
      } finally {
        rmSync(into, { recursive: true, force: true });
      }
    },
    keepLog: async (fromFile, position) => {
      const into = join(folder, 'log');
      await capture(fromFile, into);
      const files = readdirSync(into).sort();
      return { files: files.map((name) => join(into, name)), position };
    },
  };
}

type Program = readonly [name: 'mariadb-binlog' | 'mariadb', args: readonly string[]];

/** Runs two programs, what the first says being read by the second. Errors: `internal/unexpected` with their last words. */
async function runPiped(
  first: Program,
  second: Program,
  { serverPid, signal }: { serverPid: number; signal: AbortSignal },
): Promise<Sample> {
  throwIfStopped(signal);
  const serverBefore = cpuSecondsOf(serverPid);
  const childrenBefore = endedChildrenCpuSeconds();
  const began = performance.now();
  const from = spawn(programPath(first[0]), first[1], { stdio: ['ignore', 'pipe', 'pipe'], signal });
  const to = spawn(programPath(second[0]), second[1], { stdio: [from.stdout, 'pipe', 'pipe'], signal });
  // The second has it now; with ours open, it would not hear of the first one's end.
  from.stdout.destroy();
  const memory = [from, to].map(({ pid }) => watchMemory(pid ?? -1));
  let said = '';
  for (const stream of [from.stderr, to.stdout, to.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
  }
  let seconds = 0;
  let codes: (number | null)[] = [];
  let peakRssBytes = 0;
  try {
    codes = await Promise.all([from, to].map(ended));
    seconds = (performance.now() - began) / 1_000;
  } catch (error) {
    throwIfStopped(signal);
    throw error;
  } finally {
    peakRssBytes = memory.reduce((sum, one) => sum + one.stop(), 0);
  }
  if (codes.some((code) => code !== 0)) {
    throw new TidemarkError('internal/unexpected', `${first[0]} and ${second[0]} ended with ${codes}: ${said.trim()}`, {
      hint: 'Without them there is nothing to compare with.',
    });
  }
  return {
    seconds,
    peakRssBytes,
    serverCpuSeconds: cpuSecondsOf(serverPid) - serverBefore,
    clientCpuSeconds: endedChildrenCpuSeconds() - childrenBefore,
  };
}

const ended = (child: ReturnType<typeof spawn>): Promise<number | null> =>
  new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
