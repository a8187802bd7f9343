import { rmSync } from 'node:fs';
import { ensurePackages } from '#lab/packages.ts';
import { TidemarkError } from '#server/base/error.ts';
import { type BenchDocument, benchDocument } from './document.ts';
import { describeMachine, loadWarning } from './machine.ts';
import { benchMysql } from './mysql/suite.ts';
import { helpText, readOptions } from './options.ts';
import { benchPitr } from './pitr/suite.ts';
import { reportText } from './report.ts';
import { versionsOf } from './versions.ts';
import { makeWorkFolder } from './work-folder.ts';

/**
 * `npm run bench -- mysql|pitr [--json] [--rounds 3] [--size 2GiB]`: the shipped commands against other tools, in turns, on
 * one machine. Figures go to stdout when they are proved, everything else to stderr. Exit code 0: measured (bars that are
 * missed are said, and no failure); 1: failed; 2: usage. Ends and removes what it made, also on Ctrl-C.
 */
const endings: (() => Promise<unknown>)[] = [];
const stopping = new AbortController();
const interrupted = new Promise<'interrupted'>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stopping.abort();
      resolve('interrupted');
    });
  }
});

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options.suite === 'help') {
    process.stdout.write(helpText);
    return 0;
  }
  const machine = describeMachine();
  const warning = loadWarning(machine);
  if (warning !== null) say(warning);
  await ensurePackages(['mariadb-server', 'mydumper', 'zstd']);
  const { sizeBytes } = options;
  const folder = makeWorkFolder({ sizeBytes, tables: options.suite === 'mysql' ? options.tables : 0 });
  endings.push(async () => rmSync(folder, { recursive: true, force: true }));
  forgetEnvironment();
  const stage = { folder, signal: stopping.signal, say, onStart: (stop: () => Promise<unknown>) => endings.push(stop) };
  const work = options.suite === 'mysql' ? benchMysql(options, stage) : benchPitr(options, stage);
  work.catch(() => {}); // told below, unless we are interrupted first
  const ended = await Promise.race([work, interrupted]);
  if (ended === 'interrupted') return 130;
  const { mariadb, data, rows, about } = ended;
  const versions = { ...(await versionsOf()), mariadb };
  const document: BenchDocument = benchDocument.parse({ machine, versions, data, rows });
  process.stdout.write(`${options.json ? JSON.stringify(document) : reportText(document, about)}\n`);
  return 0;
}

/** What is set for a console of the user's own is not for ours. */
function forgetEnvironment(): void {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('TIDEMARK_') || ['DATABASE_URL', 'PORT', 'HOST'].includes(name)) delete process.env[name];
  }
}

const began = performance.now();

function say(line: string): void {
  const seconds = Math.round((performance.now() - began) / 1_000);
  process.stderr.write(`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}  ${line}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof TidemarkError)) throw error;
  process.stderr.write(`${error.message}. ${error.hint}\n`);
  process.exitCode = error.code === 'input/invalid' ? 2 : 1;
} finally {
  for (const end of endings.reverse()) {
    await end().catch((error: Error) => process.stderr.write(`while ending: ${error.message}\n`));
  }
}
// Interrupted work may still wait for somebody who is gone.
if (stopping.signal.aborted) process.exit();
