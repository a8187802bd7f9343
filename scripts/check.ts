/**
 * `npm run check`: everything that can be known in seconds, without a server: format and lint, types, the pure tests
 * (the direction of imports and docs/errors among them), unused code, and the paths our pages name. One line each with
 * its seconds; what failed shows its output. Ends with 1 when anything failed.
 */
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const programs = join(root, 'node_modules/.bin');

interface Step {
  name: string;
  command: string[];
}

// Two at a time: types and tests each fill a core.
const rounds: Step[][] = [
  [{ name: 'typed client', command: ['node', 'scripts/prisma.ts'] }],
  [
    { name: 'format and lint', command: ['biome', 'check'] },
    { name: 'types', command: ['tsc', '--noEmit'] },
  ],
  [
    { name: 'pure tests', command: ['vitest', 'run', '--project', 'pure'] },
    { name: 'unused code', command: ['knip'] },
    { name: 'paths in pages', command: ['node', 'scripts/doc-paths.ts'] },
  ],
];

// `npm test` runs the pure tests itself, to count them.
const skipped = process.argv.includes('--without-tests') ? ['pure tests'] : [];

let failed = 0;
for (const round of rounds)
  for (const passed of await Promise.all(round.filter(({ name }) => !skipped.includes(name)).map(run)))
    if (!passed) failed++;
process.exitCode = failed === 0 ? 0 : 1;

async function run({ name, command }: Step): Promise<boolean> {
  const start = performance.now();
  const { code, output } = await outcome(command);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(16)} ${seconds.padStart(5)} s\n`);
  if (code !== 0) process.stdout.write(`${output.trimEnd()}\n`);
  return code === 0;
}

function outcome([program, ...args]: string[]): Promise<{ code: number; output: string }> {
  const path = [programs, dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  const child = spawn(program!, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: path, NO_COLOR: '1' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 127, output: `${program} could not start: ${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
