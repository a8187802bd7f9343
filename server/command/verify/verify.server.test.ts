import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { scopeInput } from '#server/contract/scope.ts';
import { publishManifest } from '#server/manifest/publish.ts';
import { readTableFile } from '#server/manifest/read.ts';
import type { Manifest } from '#server/manifest/schema.ts';
import { writeTableFile } from '#server/manifest/write-table.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage } from '#server/storage/open.ts';
import { backup } from '../backup/backup.ts';
import { removeBackup } from '../expire/remove-backup.ts';
import { readRepository } from '../reindex/reindex.ts';
import { type RestoreFixture, startRestoreFixture, TestJob } from '../restore/restore-fixture.ts';
import { verify } from './verify.ts';

let lab: RestoreFixture;
let storage: Storage;
let path: string;
let stores = 0;

beforeAll(async () => {
  lab = await startRestoreFixture(['shop'], 500);
});
afterAll(() => lab?.stop());
beforeEach(async () => {
  path = join(lab.folder, `store-${stores++}`);
  storage = await openStorage({ kind: 'fs', path });
});

async function made(): Promise<Manifest> {
  const command = { backupId: ulid().toLowerCase(), cluster: lab.access('shop'), storage, parallel: 2 };
  const { manifest } = await backup(new TestJob().attempt(), { ...command, scope: scopeInput.parse({ all: true }) });
  return manifest!;
}
const verified = (backupId: string) => verify(new TestJob().attempt(), { backupId, storage });

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of storage.list('')) found.push(key);
  return found.sort();
}

function flipBit(key: string, at: number): void {
  const file = join(path, key);
  const bytes = readFileSync(file);
  bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  rmSync(file);
  writeFileSync(file, bytes);
}

test('a sound backup verifies: every object and every row is read', async () => {
  const manifest = await made();
  const result = await verified(manifest.id);
  expect(result.damaged).toEqual([]);
  expect(result.rows).toBe(manifest.tables.reduce((sum, { rows }) => sum + BigInt(rows), 0n));
  expect(result.objects).toBe(1 + manifest.tables.length + manifest.segments.length);
});

test.each([
  ['the first byte', 0],
  ['the middle', 5_000],
  ['the last byte', -1],
])('one flipped bit in %s of a segment is found and named, with the tables it hits', async (_, at) => {
  const manifest = await made();
  const largest = manifest.segments.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  flipBit(largest.key, at);
  const { damaged } = await verified(manifest.id);
  expect(damaged.map(({ key }) => key)).toEqual([largest.key]);
  expect(damaged[0]!.tables.length).toBeGreaterThan(0);
});

test('a missing and a cut segment are told apart from sound ones', async () => {
  const manifest = await made();
  const [first, second] = manifest.segments;
  rmSync(join(path, first!.key));
  if (second) truncateSync(join(path, second.key), second.bytes - 1);
  const { damaged } = await verified(manifest.id);
  expect(damaged.find(({ key }) => key === first!.key)?.problem).toContain('missing');
  if (second) expect(damaged.find(({ key }) => key === second.key)?.problem).toContain(`${second.bytes - 1} bytes`);
});

test('a damaged table file is named with its table, and the others are still verified', async () => {
  const manifest = await made();
  const table = manifest.tables[0]!;
  const key = `backups/${manifest.id}/tables/${table.id}.json`;
  flipBit(key, 40);
  const { damaged, rows } = await verified(manifest.id);
  expect(damaged).toMatchObject([{ key, tables: [table.name] }]);
  expect(rows).toBeGreaterThan(0n);
});

test('a damaged manifest is the one object named', async () => {
  const manifest = await made();
  flipBit(`backups/${manifest.id}/manifest.json`, 1);
  expect((await verified(manifest.id)).damaged.map(({ key }) => key)).toEqual([`backups/${manifest.id}/manifest.json`]);
});

test('rows that are not those recorded are found although every object is whole', async () => {
  const manifest = await made();
  const entry = manifest.tables.find(({ rows }) => rows !== '0')!;
  const file = await readTableFile(storage, manifest.id, entry);
  file.fragments[0]!.digest = '0'.repeat(32);
  const lying = { ...manifest, id: ulid().toLowerCase() };
  const { sha256 } = await writeTableFile(storage, lying.id, file);
  await publishManifest(storage, { ...lying, tables: [{ ...entry, sha256 }] });
  const { damaged } = await verified(lying.id);
  expect(damaged).toHaveLength(1);
  expect(damaged[0]).toMatchObject({ tables: [entry.name] });
  expect(damaged[0]!.problem).toContain('digest');
});

test('an unknown backup is not found', async () => {
  await expect(verified(ulid().toLowerCase())).rejects.toMatchObject({ code: 'backup/not-found' });
});

test('removing a backup takes everything only it needs, and leaves the others whole', async () => {
  const [first, second] = [await made(), await made()];
  await removeBackup(new TestJob().attempt(), { backupId: first.id, storage });
  expect((await keys()).filter((key) => key.includes(first.id))).toEqual([]);
  expect((await keys()).filter((key) => key.startsWith('segments/'))).toEqual(
    second.segments.map(({ key }) => key).sort(),
  );
  expect((await verified(second.id)).damaged).toEqual([]);
  await removeBackup(new TestJob().attempt(), { backupId: second.id, storage });
  expect(await keys()).toEqual(['README.txt', 'repo.json']);
});

test('a removal that was cut off anywhere is finished by the next attempt', async () => {
  const manifest = await made();
  const steps = 1 + manifest.tables.length + manifest.segments.length;
  for (let allowed = 0; allowed <= steps; allowed++) {
    const backupId = allowed === 0 ? manifest.id : (await made()).id;
    const job = new TestJob();
    let left = allowed;
    const dying: Storage = Object.create(storage, {
      remove: {
        value: async (key: string) => {
          if (left-- === 0) throw new Error('killed');
          await storage.remove(key);
        },
      },
    });
    await expect(removeBackup(job.attempt(), { backupId, storage: dying })).rejects.toThrow('killed');
    await removeBackup(job.attempt(), { backupId, storage });
    expect(await keys()).toEqual(['README.txt', 'repo.json']);
  }
});

test('segments that another backup names as well stay', async () => {
  const manifest = await made();
  const sharing = { ...manifest, id: ulid().toLowerCase(), tables: [] };
  await publishManifest(storage, sharing);
  await removeBackup(new TestJob().attempt(), { backupId: manifest.id, storage });
  expect((await keys()).filter((key) => key.startsWith('segments/'))).toEqual(
    manifest.segments.map(({ key }) => key).sort(),
  );
});

test('a backup whose manifest is damaged can be removed, and does not endanger another one', async () => {
  const [damaged, sound] = [await made(), await made()];
  flipBit(`backups/${damaged.id}/manifest.json`, 1);
  await removeBackup(new TestJob().attempt(), { backupId: sound.id, storage });
  for (const { key } of damaged.segments) expect(await storage.stat(key)).not.toBeNull();
  await removeBackup(new TestJob().attempt(), { backupId: damaged.id, storage });
  expect(await keys()).toEqual(['README.txt', 'repo.json']);
});

test('removing what is not there says so; a second attempt at a removal that had ended does not', async () => {
  const job = new TestJob();
  const gone = { backupId: ulid().toLowerCase(), storage };
  await expect(removeBackup(job.attempt(), gone)).rejects.toMatchObject({ code: 'backup/not-found' });
  await removeBackup(job.attempt(), gone);
});

test('the catalog can be read from the repository alone, and a damaged manifest hides no other', async () => {
  const [first, second] = [await made(), await made()];
  flipBit(`backups/${first.id}/manifest.json`, 1);
  const damaged: string[] = [];
  const found = [];
  for await (const one of readRepository(storage, { onDamaged: (id) => damaged.push(id) })) found.push(one);
  expect(found.map(({ manifest }) => manifest)).toEqual([second]);
  expect(found[0]!.manifestSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(damaged).toEqual([first.id]);
});
