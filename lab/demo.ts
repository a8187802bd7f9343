import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import { type Console, startConsole } from './console.ts';
import { type Content, contentOf, sameContent } from './content.ts';
import { breakTable } from './demo/break-table.ts';
import { findCulprit } from './demo/find-culprit.ts';
import { holdDemo } from './demo/lock.ts';
import { readOptions } from './demo/options.ts';
import { count, report, shortDigest, size } from './demo/report.ts';
import { labDown, labRemove, labStatus } from './down.ts';
import { type LabNode, nodeNamed } from './node.ts';
import { labFolder } from './state.ts';
import { labUp } from './up.ts';
import { startWorkload, type Workload } from './workload.ts';

/**
 * `npm run demo [-- --once] [--rows N]`: a sharded cluster under load, one table of it backed up, broken by a statement and
 * brought back to just before it, and the proof by plain SQL that it is what it was. Keeps running until Ctrl-C; with --once
 * ends with 0 when proved. Ends what it started, and only that.
 */
const table = 'public.transfer_account';
const named = `postgres.${table}`;
const writesPerSecond = 50;

/** What is to be ended when we end, last first. */
const endings: (() => Promise<unknown>)[] = [];
const interrupted = new Promise<'interrupted'>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('interrupted'));
});

async function main(): Promise<number> {
  const { once, rows } = readOptions(process.argv.slice(2));
  const work = demo(rows);
  work.catch(() => {}); // told below, unless we are interrupted first
  const ended = await Promise.race([work, interrupted]);
  if (ended === 'interrupted') return 130;
  if (once || !ended.proved) return ended.proved ? 0 : 1;
  report(
    '',
    `Console   ${ended.console.url}`,
    'User      admin',
    ended.console.password === null
      ? 'Password  as it was: this data folder has been used before'
      : `Password  ${ended.console.password}   (one time: the first sign-in asks for another)`,
    `CLI       ${inShell('TIDEMARK_DATA', ended.console.dataFolder)} ${inShell('TIDEMARK_URL', ended.console.url)} npx tidemark --help`,
    'Ctrl-C ends everything that was started here.',
  );
  await interrupted;
  return 0;
}

async function demo(rows: number): Promise<{ proved: boolean; console: Console }> {
  const folder = labFolder();
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  endings.push(holdDemo(join(folder, 'demo.pid')));
  const [nodes, tidemark] = await Promise.all([clusterUp(folder, rows), consoleUp(folder)]);
  await register(tidemark, nodes, folder);
  await tidemark.cli(['archive', 'start', 'bank', '--to', 'demo']);
  report('the log of both shards is archived from now on');

  let workload = await workloadUp(nodes);
  report(`${writesPerSecond} transactions a second are written to both shards, two-phase transfers among them`);
  const backup = await tidemark.cli(['backup', 'run', 'bank', '--table', named, '--to', 'demo']);
  const backedUp = await tidemark.jobEnd(String(backup.jobId));
  const kept = await tidemark.ask('backup.show', { backupId: backup.backupId });
  report(
    `backed up ${count(kept.rows)} rows in ${tookSeconds(backedUp)} s, while everybody wrote: ${size(kept.rawBytes)}, stored as ` +
      `${size(kept.storedBytes)}; one cut of both shards${kept.cutProven ? '' : ', not proven'}, writers held for ` +
      `${Math.round(Number(kept.cutHeldMs))} ms`,
  );
  await pause(changesForMs);

  // Nobody writes between this count and the bad statement: the count is the truth just before it.
  const { transactions: since } = await workload.stop();
  const before = await contentOf(nodes, 'bank', table);
  report(`${count(since)} transactions later, truth by SQL on the shards, writers paused: ${inWords(before)}`);
  writeFileSync(join(folder, damageMark), '');
  const { changed } = await breakTable(nodes);
  const broken = performance.now();
  const brokenAt = new Date();
  workload = await workloadUp(nodes);
  report(`somebody forgot a WHERE: ${count(changed)} balances set to 0, on both shards; everybody writes on`);

  const culprit = await findCulprit(tidemark, named, brokenAt);
  report(
    `found in the archive: ${count(culprit.updates)} rows changed at ${culprit.at} by ${culprit.id}, more than by any other`,
  );
  const restore = ['restore', 'run', 'bank', '--table', named, '--before-tx', culprit.id, '--wait'];
  const restored = (await tidemark.cli(restore)).tables[0];
  report(`brought ${count(restored.rows)} rows back to just before it, beside the live table, as ${restored.target}`);

  const after = await contentOf(nodes, 'bank', String(restored.target).split('.').slice(1).join('.'));
  const seconds = ((performance.now() - broken) / 1_000).toFixed(1);
  const proved = sameContent(before, after) && !sameContent(before, await contentOf(nodes, 'bank', table));
  report(`by SQL on the shards, the restored table: ${inWords(after)}`);
  const { transactions, failed, longestWaitMs } = workload.stats();
  report(
    `meanwhile ${count(transactions)} transactions went on, ${failed} failed; the longest took ${Math.ceil(longestWaitMs)} ms`,
    proved
      ? `Equal: the copy is the table as it was just before the statement. From there to here: ${seconds} s.`
      : 'NOT EQUAL: this is not what was there before.',
  );
  return { proved, console: tidemark };
}

/** What is to be merged into the backup is written meanwhile. */
const changesForMs = 5_000;

/** Says that the table of this lab was broken by us: the next demo then begins with a whole one. */
const damageMark = 'demo-broke-bank';

async function clusterUp(folder: string, rows: number): Promise<readonly LabNode[]> {
  const running = labStatus(folder).some((node) => node.cluster === 'bank' && node.running);
  if (!running) {
    if (existsSync(join(folder, damageMark))) await labRemove({ folder, clusters: ['bank'] });
    rmSync(join(folder, damageMark), { force: true });
    endings.push(() => labDown({ folder, clusters: ['bank'] }));
  }
  const { nodes } = await labUp({ folder, clusters: ['bank'], rows, fixedPorts: true });
  const { host, port } = nodeNamed(nodes, 'bank-computing');
  report(`cluster bank is up: PostgreSQL at ${host}:${port} computes, two MariaDB shards keep the rows`);
  return nodes;
}

async function consoleUp(folder: string): Promise<Console> {
  const dataFolder = process.env.TIDEMARK_DATA || join(folder, 'demo-data');
  // The password is told once, at the first start: without a folder of one's own, every demo is a first start.
  if (!process.env.TIDEMARK_DATA) rmSync(dataFolder, { recursive: true, force: true });
  const tidemark = await startConsole({
    dataFolder,
    port: Number(process.env.PORT) || 3_000,
    onStart: (stop) => endings.push(stop),
  });
  report('console and executor are up');
  return tidemark;
}

async function register(tidemark: Console, nodes: readonly LabNode[], folder: string): Promise<void> {
  const { host, port, database, user, password } = nodeNamed(nodes, 'bank-computing');
  const url = `postgres://${user}@${host}:${port}/${database}`;
  const logins = ['--password-env', 'BANK_PASSWORD', '--storage-user', user, '--storage-password-env', 'BANK_PASSWORD'];
  await tidemark.cli(['cluster', 'add', 'bank', '--kind', 'fdw', '--url', url, ...logins], { BANK_PASSWORD: password });
  const path = join(process.env.TIDEMARK_DATA || join(folder, 'demo-data'), 'backups');
  mkdirSync(path, { recursive: true, mode: 0o700 });
  await tidemark.cli(['destination', 'add', 'demo', '--kind', 'fs', '--path', path]);
  report(`registered the cluster and a destination, ${path}`);
}

async function workloadUp(nodes: readonly LabNode[]): Promise<Workload> {
  const workload = await startWorkload({ nodes, ratePerSecond: writesPerSecond });
  endings.push(() => workload.stop());
  return workload;
}

/** As a person can paste it, whatever the folder is called. */
const inShell = (name: string, value: string): string =>
  `${name}=${/^[\w./:@-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`;

const tookSeconds = (job: { startedAt: string; endedAt: string }): string =>
  ((Date.parse(job.endedAt) - Date.parse(job.startedAt)) / 1_000).toFixed(1);

const inWords = (content: Content): string =>
  `${count(content.rows)} rows in ${content.fragments} fragments, digest ${shortDigest(content.digest)}`;

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = 1;
  if (!(error instanceof TidemarkError)) throw error;
  process.stderr.write(`${error.message}. ${error.hint}\n`);
} finally {
  for (const end of endings.reverse()) {
    await end().catch((error) => process.stderr.write(`while ending: ${error.message}\n`));
  }
}
