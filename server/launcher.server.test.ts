import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-launcher-'));
const dataFolder = join(folder, 'data');
const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Without the console, which would have to be built first. */
function launch(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'launcher.ts')], {
    env: { ...process.env, DATABASE_URL: '', TIDEMARK_CONSOLE: 'off', TIDEMARK_DATA: dataFolder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => (said.out += data));
  child.stderr.on('data', (data: Buffer) => (said.err += data));
  return { child, said };
}

async function until(what: string, look: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!look()) {
    if (performance.now() > deadline) throw new Error(`not within a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Processes whose command line or environment names our folder. */
function ours(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8');
        return text.includes(folder) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
      } catch {
        return [];
      }
    });
}

const isReady = (said: { err: string }) => () => said.err.includes('executor is ready');

test('the first start prints the admin’s password, a later one never again; SIGTERM leaves no process behind', async () => {
  const first = launch();
  await until('first start', isReady(first.said));
  expect(first.said.out).toMatch(/^First sign-in: user admin, password \S{20} \(shown once\)$/m);
  const password = /password (\S+)/.exec(first.said.out)![1]!;
  first.child.kill('SIGTERM');
  expect(await once(first.child, 'exit')).toEqual([0, null]);
  expect(ours()).toEqual([]);

  const second = launch();
  await until('second start', isReady(second.said));
  second.child.kill('SIGINT');
  expect(await once(second.child, 'exit')).toEqual([0, null]);
  expect(second.said.out).toBe('');
  expect(ours()).toEqual([]);
  expect(first.said.err + second.said.err).not.toContain(password);
});

test('a start after kill -9 finds the executor gone and takes the database over', async () => {
  const first = launch();
  await until('first start', isReady(first.said));
  first.child.kill('SIGKILL');
  await until('the executor has noticed', () => !ours().some((line) => line.includes('main.ts')));
  const second = launch();
  await until('second start', isReady(second.said));
  second.child.kill('SIGTERM');
  expect(await once(second.child, 'exit')).toEqual([0, null]);
  expect(ours()).toEqual([]);
});

test('a second launcher on the same folder is refused and does not stop the first', async () => {
  const first = launch();
  await until('first start', isReady(first.said));
  const second = launch();
  expect(await once(second.child, 'exit')).toEqual([1, null]);
  expect(second.said.err).toContain('TIDEMARK_DATA is in use');
  expect(first.child.exitCode).toBeNull();
  expect(ours().some((line) => line.includes('postgres'))).toBe(true);
});

test('an executor that dies is started again', async () => {
  const { said } = launch();
  await until('start', isReady(said));
  const executor = readdirSync('/proc').find((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('server/main.ts') &&
        readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder)
      );
    } catch {
      return false;
    }
  });
  said.err = '';
  process.kill(Number(executor), 'SIGKILL');
  await until('a new executor', isReady(said));
  expect(said.err).toContain('executor ended and is started again');
});

test('a bad value stops the start with its name, its problem and an example', async () => {
  const { child, said } = launch({ PORT: 'http' });
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(said.err).toBe('PORT is not a port from 0 to 65535\nSet it to something like: 3000\n(config/invalid)\n');
});
