import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { watchMemory } from '../watch/memory.ts';
import { type Content, contentOf } from './content.ts';
import { dumpDigest, refuseOtherDump } from './dump-digest.ts';
import { largeTable, makeLargeTable } from './large-table.ts';
import { provenCopy } from './loads.ts';
import { openPeers, type Peers } from './peers.ts';
import { type BenchServer, startBenchServer } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-proof-'));
const never = new AbortController().signal;
const { database, table } = largeTable;
let bench: BenchServer;
let peers: Peers;
let content: Content;

beforeAll(async () => {
  bench = await startBenchServer(folder, 2 ** 20);
  const { rows, bytes } = await makeLargeTable(bench.server, 2 ** 20, never);
  expect(rows).toBeGreaterThan(1_000);
  expect(bytes).toBeGreaterThanOrEqual(2 ** 20);
  content = await contentOf(bench.server, database, [table]);
  peers = openPeers(join(folder, 'dumps'), bench, never);
});
afterAll(async () => {
  await bench?.server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A copy of the table that is made by SQL and then changed, offered as somebody's work. */
const offer = (change: string) =>
  provenCopy(
    { server: bench.server, signal: never },
    { tables: [table], content },
    {
      database: 'copy',
      maker: 'somebody',
      load: async () => {
        await bench.server.sql(
          `CREATE TABLE ${table} LIKE ${database}.${table};
        INSERT INTO ${table} SELECT * FROM ${database}.${table}; ${change}`,
          'copy',
        );
        return 'figures';
      },
      use: async () => 'used',
    },
  );

test('an equal copy gives its figures, and is dropped', async () => {
  expect(await offer('')).toEqual({ loaded: 'figures', used: 'used' });
  expect(await bench.server.sql("SHOW DATABASES LIKE 'copy'")).toBe('');
});

test.each([
  [
    'one changed cell',
    `UPDATE ${table} SET note = concat(note, ' ') WHERE note IS NOT NULL ORDER BY id LIMIT 1`,
    'rows',
  ],
  ['a NULL that became an empty text', `UPDATE ${table} SET note = '' WHERE note IS NULL ORDER BY id LIMIT 1`, 'rows'],
  ['a row less', `DELETE FROM ${table} ORDER BY id LIMIT 1`, 'rows'],
  ['an index less', `ALTER TABLE ${table} DROP KEY branch`, 'definition'],
])('no figure is told of a copy with %s', async (_, change, differs) => {
  await expect(offer(change)).rejects.toMatchObject({
    code: 'restore/not-equal',
    message: `the copy of ${table} by somebody differs in its ${differs}`,
  });
});

test('no figure is told of a copy that is not there', async () => {
  await expect(offer(`DROP TABLE ${table}`)).rejects.toMatchObject({ code: 'restore/not-equal' });
});

test('dumps of one table hold the same bytes in every form, and a loaded one is equal', async () => {
  const digests: string[] = [];
  for (const form of ['plain', 'gzip', 'zstd'] as const) {
    const sample = await peers.dump(form, database, form);
    expect(sample.seconds).toBeGreaterThan(0);
    expect(sample.storedBytes).toBeGreaterThan(form === 'plain' ? 2 ** 20 : 2 ** 18);
    digests.push(await dumpDigest(peers.folderOf(form)));
  }
  expect(readdirSync(peers.folderOf('zstd')).every((name) => name.endsWith('.zst'))).toBe(true);
  expect(new Set(digests).size).toBe(1);

  const load = () => peers.load('plain', 'copy');
  const source = { tables: [table], content };
  const copy = { database: 'copy', maker: 'myloader', load, use: async () => {} };
  const { loaded } = await provenCopy({ server: bench.server, signal: never }, source, copy);
  expect(loaded.peakRssBytes).toBeGreaterThan(2 ** 20);
});

test('a dump that lacks a file is not taken for an equal one', async () => {
  const wanted = await dumpDigest(peers.folderOf('plain'));
  const [first] = readdirSync(peers.folderOf('plain')).filter((name) => /\.0+\.sql$|sbt\.sql$/.test(name));
  rmSync(join(peers.folderOf('plain'), first!));
  const found = await dumpDigest(peers.folderOf('plain'));
  expect(() => refuseOtherDump(found, wanted, 'mydumper')).toThrow(/holds other bytes/);
});

test('a peer that fails stops the benchmark with its own words, and its password is in no command line', async () => {
  await expect(peers.load('absent', 'copy')).rejects.toMatchObject({
    code: 'internal/unexpected',
    message: expect.stringMatching(/^myloader ended with /),
  });
  const seen = new Set<string>();
  const looking = setInterval(() => {
    for (const line of commandLines()) if (line.includes('mydumper')) seen.add(line);
  }, 1);
  await peers.dump('again', database, 'gzip');
  clearInterval(looking);
  expect(seen.size).toBeGreaterThan(0);
  expect([...seen].join('\n')).not.toContain(bench.peer.password);
});

const commandLines = (): string[] => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n');

test('what a program and its children take is seen while it runs', async () => {
  writeFileSync(join(folder, 'large.mjs'), 'globalThis.kept = Buffer.alloc(150e6, 1); setTimeout(() => {}, 1_500);');
  const child = spawn(process.execPath, [join(folder, 'large.mjs')], { stdio: 'ignore' });
  const memory = watchMemory(child.pid!);
  await new Promise((resolve) => child.once('exit', resolve));
  expect(memory.stop()).toBeGreaterThan(150e6);
});
