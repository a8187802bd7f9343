/**
 * `npm test`: every test there is, on a machine where nothing was installed by hand. Installs what is missing, then runs
 * the checks, the pure and server tests, the build and the browser's stories, and ends with one plain line. A step that
 * breaks before it can count counts as one failure: nothing fails silently.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePackages } from '#lab/packages.ts';

interface Count {
  passed: number;
  failed: number;
}

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-test-'));
const total: Count = { passed: 0, failed: 0 };

try {
  await ensurePackages(['mariadb-server', 'postgresql-15', 'postgresql-15-mysql-fdw', 'chromium', 'mydumper', 'zstd']);
  count('check', await step('check', ['node', 'scripts/check.ts', '--without-tests']));
  // First, because tests of the servers that start the whole product would each wait for it.
  const built = await step('build', ['node', 'scripts/build.ts']);
  count('build', built);
  await vitest();
  if (built === 0) await playwright();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

async function vitest(): Promise<void> {
  const report = join(scratch, 'vitest.json');
  const code = await step('unit, contract and server tests', [
    'vitest',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  add('vitest', code, report, (json) => ({ passed: json.numPassedTests, failed: json.numFailedTests }));
}

async function playwright(): Promise<void> {
  const report = join(scratch, 'playwright.json');
  const code = await step('browser stories', ['playwright', 'test', '--reporter=list,json'], {
    PLAYWRIGHT_JSON_OUTPUT_FILE: report,
  });
  add('playwright', code, report, (json) => ({
    passed: json.stats.expected,
    failed: json.stats.unexpected + json.stats.flaky,
  }));
}

/** Adds a runner's own count; an exit code that its count does not explain is a failure of its own. */
// biome-ignore lint/suspicious/noExplicitAny: a foreign report, two numbers of which are read and checked below
function add(name: string, code: number, report: string, read: (json: any) => Count): void {
  let found: Count;
  try {
    found = read(JSON.parse(readFileSync(report, 'utf8')));
  } catch (error) {
    process.stdout.write(`${name} left no readable report: ${String(error)}\n`);
    found = { passed: 0, failed: 1 };
  }
  if (!Number.isInteger(found.passed) || !Number.isInteger(found.failed) || (code !== 0 && found.failed === 0)) {
    process.stdout.write(`${name} ended with exit code ${code}\n`);
    found = { passed: found.passed || 0, failed: (found.failed || 0) + 1 };
  }
  total.passed += found.passed;
  total.failed += found.failed;
}

function count(name: string, code: number): void {
  if (code === 0) total.passed++;
  else total.failed++;
  if (code !== 0) process.stdout.write(`${name} failed with exit code ${code}\n`);
}

/** Runs a program of this project with its output shown; answers its exit code. */
function step(title: string, [program, ...args]: string[], env: Record<string, string> = {}): Promise<number> {
  process.stdout.write(`\n== ${title}\n`);
  return new Promise((resolve) => {
    const child = spawn(program!, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
    child.on('error', (error) => {
      process.stdout.write(`${program} could not start: ${error.message}\n`);
      resolve(127);
    });
    child.on('exit', (code, signal) => resolve(code ?? (signal ? 128 : 1)));
  });
}
