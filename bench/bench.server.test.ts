import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { benchDocument } from './document.ts';
import { mysqlRowNames, mysqlRows } from './mysql/rows.ts';
import { pitrRows } from './pitr/rows.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-bench-test-'));
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) if (child.exitCode === null) child.kill('SIGTERM');
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function bench(...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'bench.ts'), ...args], {
    env: { ...process.env, TIDEMARK_SCRATCH: scratch },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => (said.out += data));
  child.stderr.on('data', (data: Buffer) => (said.err += data));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, said, ended };
}

const tiny = ['mysql', '--size', '8MiB', '--tables', '10', '--rounds', '1'];

/** Processes that use our folder: servers, consoles, dumps. */
function ours(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(scratch) ? [command] : [];
      } catch {
        return [];
      }
    });
}

test('with --json stdout is the promised document, of every row, and nothing is left behind', {
  timeout: 240_000,
}, async () => {
  const { said, ended } = bench(...tiny, '--json');
  expect({ code: await ended, err: said.err }).toMatchObject({ code: 0 });
  const { rows, data, versions, machine } = benchDocument.parse(JSON.parse(said.out));
  expect(rows.map(({ name }) => name)).toEqual(mysqlRowNames);
  for (const { name, ours, peer, ratio } of rows) {
    expect(ours.seconds).toHaveLength(1);
    expect(ratio).toBeCloseTo(peer!.seconds[0]! / ours.seconds[0]!);
    expect(peer!.name).toBe(mysqlRows[name as keyof typeof mysqlRows].peer);
    expect(ours.peakRssBytes).toBeGreaterThan(50e6);
    expect(ours.allProcessesPeakRssBytes).toBeGreaterThan(ours.peakRssBytes);
    expect(ours.commandSeconds[0]).toBeGreaterThan(ours.totalSeconds[0]!);
  }
  expect(data).toMatchObject({ smallTables: 10, rounds: 1 });
  if ('tableBytes' in data) expect(data.tableBytes).toBeGreaterThanOrEqual(8 * 1024 ** 2);
  expect(versions).toMatchObject({ mydumper: expect.stringMatching(/^\d/), mariadb: expect.stringMatching(/^\d/) });
  expect(machine.cores).toBeGreaterThan(0);
  expect(readdirSync(scratch)).toEqual([]);
  expect(ours()).toEqual([]);
});

test('a table that either side brought back at an instant is proved equal before its figures are told', {
  timeout: 240_000,
}, async () => {
  const only = ['catch-up-5', 'catch-up-10', 'load-and-catch-up', 'log-bytes-read'] as const;
  const { said, ended } = bench('pitr', '--size', '2MiB', '--rounds', '1', '--only', only.join(), '--json');
  expect({ code: await ended, err: said.err }).toMatchObject({ code: 0 });
  const { rows, data } = benchDocument.parse(JSON.parse(said.out));
  expect(rows.map(({ name, peer }) => [name, peer?.name ?? null])).toEqual(
    only.map((name) => [name, pitrRows[name].peer]),
  );
  const { allowedBytes, foundBytes } = rows.at(-1)!.figures!;
  expect(foundBytes).toBeGreaterThan(0);
  expect(rows.at(-1)!.ratio).toBeCloseTo(allowedBytes! / foundBytes!);
  if (!('rowEventBytes' in data)) throw new Error('the log is not described');
  expect(data.logBytes).toBeGreaterThan(2 * 1024 ** 2);
  expect(data.rowEventBytes.table).toBeLessThan(data.rowEventBytes.all / 5);
  expect(readdirSync(scratch)).toEqual([]);
  expect(ours()).toEqual([]);
});

test('Ctrl-C ends everything it started and removes what it made', async () => {
  const { child, said, ended } = bench(...tiny);
  await new Promise<void>((resolve) => {
    child.stderr.on('data', () => said.err.includes('starting the console') && resolve());
  });
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  expect(said.out).toBe('');
  expect(readdirSync(scratch)).toEqual([]);
  expect(ours()).toEqual([]);
});

test('what is not there yet is a usage error', async () => {
  const { said, ended } = bench('postgres');
  expect(await ended).toBe(2);
  expect(said).toEqual({
    out: '',
    err: expect.stringMatching(/^the benchmark postgres is not there yet\. Use: npm run bench/),
  });
});

test('--help is no error: it goes to stdout, and nothing is measured', async () => {
  const { said, ended } = bench('--help');
  expect(await ended).toBe(0);
  expect(said).toEqual({ out: expect.stringContaining('npm run bench -- mysql'), err: '' });
});
