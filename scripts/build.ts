/**
 * `npm run build`: the typed database client and the console, each only when it is missing or older than its sources.
 * The launcher runs this before every start.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { generateClientIfStale } from '#server/db/generate-client.ts';

const root = join(import.meta.dirname, '..');
const stampFile = join(root, '.next/sources-sha256');
/** What the console is made of. The data plane is not: it runs in executors, from source. */
const sources = [
  'app',
  'components',
  ...[
    ...['api', 'audit', 'auth', 'base', 'catalog', 'cluster', 'config'],
    ...['contract', 'db', 'destination', 'job', 'log-archive'],
  ].map((folder) => `server/${folder}`),
  'proxy.ts',
  'prisma/schema.prisma',
  'next.config.js',
  'postcss.config.mjs',
  'tsconfig.json',
  'package-lock.json',
];

await generateClientIfStale();
const wanted = stampOf();
const isFresh =
  existsSync(join(root, '.next/BUILD_ID')) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted;
if (!isFresh) {
  process.stderr.write('Building the console; this takes a minute the first time.\n');
  const code = await build();
  if (code === 0) writeFileSync(stampFile, wanted);
  process.exitCode = code;
}

function build(): Promise<number> {
  const next = createRequire(import.meta.url).resolve('next/dist/bin/next');
  const child = spawn(process.execPath, [next, 'build'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => output.push(data));
  child.stderr.on('data', (data: Buffer) => output.push(data));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('close', (code) => {
      // What it says matters when it fails.
      if (code !== 0) process.stderr.write(Buffer.concat(output));
      resolve(code ?? 1);
    });
  });
}

function stampOf(): string {
  const hash = createHash('sha256');
  for (const path of sources.flatMap(filesOf).sort()) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesOf(path: string): string[] {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (/\.[a-z]+$/.test(path)) return [path];
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((file) => !file.startsWith('server/db/generated/'));
}
