import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sample } from '../document.ts';
import { runProgram } from '../run-program.ts';
import { checksumTables } from './content.ts';
import type { BenchServer } from './server.ts';

/** mydumper and myloader as they are shipped, over TCP as ours, two threads as there are two connections of ours. */
export interface Peers {
  /** A new dump of a database in `<folder>/<name>`. */
  dump(name: string, database: string, form: 'plain' | 'gzip' | 'zstd' | 'small'): Promise<Sample>;
  /** Loads a dump of plain files into a database, which is made. */
  load(name: string, into: string): Promise<Sample>;
  /** `CHECKSUM TABLE … EXTENDED` of these tables over one connection. */
  checksum(tables: readonly string[]): Promise<Sample>;
  folderOf(name: string): string;
  remove(name: string): void;
}

export function openPeers(folder: string, { server, peer }: BenchServer, signal: AbortSignal): Peers {
  mkdirSync(folder, { mode: 0o700 });
  const file = join(folder, 'login.cnf');
  writeFileSync(file, `[client]\npassword=${peer.password}\n`, { mode: 0o600 });
  const client = [`--defaults-file=${file}`, '-h', server.host, '-P', String(server.port), '-u', peer.user];
  const login = [...client, '-v', '1'];
  const watched = { serverPid: server.pid, signal };
  const folderOf = (name: string) => join(folder, name);
  return {
    folderOf,
    remove: (name) => rmSync(folderOf(name), { recursive: true, force: true }),
    dump: async (name, database, form) => {
      const target = folderOf(name);
      // Chunks of rows are for large tables: with them mydumper asks for the bounds of every small one.
      const chunks = form === 'small' ? [] : ['-r', '250000'];
      const args = [...login, '-t', '2', ...chunks, ...(form === 'gzip' ? ['-c'] : []), '-B', database, '-o', target];
      const dumped = await runProgram('mydumper', args, watched);
      const sample = form === 'zstd' ? added(dumped, await runProgram('zstd', zstdArgs(target), watched)) : dumped;
      return { ...sample, storedBytes: bytesIn(target) };
    },
    load: async (name, into) => {
      const args = [...login, '-t', '2', '-B', into, '-d', folderOf(name)];
      return runProgram('myloader', args, watched);
    },
    checksum: (tables) => runProgram('mariadb', [...client, '-e', checksumTables(tables)], watched),
  };
}

/** All files of the dump at once; each is replaced by its compressed form. */
const zstdArgs = (folder: string): string[] => ['-1', '-T2', '-q', '--rm', '-r', folder];

function added(first: Sample, second: Sample): Sample {
  return {
    seconds: first.seconds + second.seconds,
    peakRssBytes: Math.max(first.peakRssBytes, second.peakRssBytes),
    serverCpuSeconds: first.serverCpuSeconds + second.serverCpuSeconds,
    clientCpuSeconds: first.clientCpuSeconds + second.clientCpuSeconds,
  };
}

function bytesIn(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
