import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ProgramName, programPath } from '#lab/programs.ts';

const run = promisify(execFile);

/** Of everything that is measured, but for the server, which is asked itself. */
export async function versionsOf(): Promise<Record<string, string>> {
  const own = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as { version: string };
  return {
    tidemark: own.version,
    node: process.version.slice(1),
    mydumper: await versionOf('mydumper'),
    zstd: await versionOf('zstd'),
  };
}

async function versionOf(program: ProgramName): Promise<string> {
  const { stdout, stderr } = await run(programPath(program), ['--version']);
  return /\d+\.\d+(\.\d+)*/.exec(stdout + stderr)?.[0] ?? 'unknown';
}
