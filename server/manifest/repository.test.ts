import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '#server/base/clock.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage } from '#server/storage/open.ts';
import { intentKey, laterReadmeKey, manifestKey, readmeKey, repositoryKey, tableKey } from './keys.ts';
import { listBackups } from './list.ts';
import { publishManifest } from './publish.ts';
import { readManifest, readTableFile } from './read.ts';
import { openRepository } from './repository.ts';
import { sampleManifest, sampleTable } from './sample-fixture.ts';
import { writeIntent } from './write-intent.ts';
import { encodePackedTable, writeTableFile, writeTablePack } from './write-table.ts';

const code = (name: string) => expect.objectContaining({ code: name });
const backupId = '01jabcdefghjkmnpqrstvwxyz1';
const table = sampleTable('01jabcdefghjkmnpqrstvwxyz2-000000', [], []);
const intent = { format: 1, id: backupId, cluster: 'shop', startedAt: '2026-11-20T10:15:00Z', writer: 'a' } as const;
let path: string;
let storage: Storage;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'tidemark-repository-'));
  storage = await openStorage({ kind: 'fs', path });
});
afterEach(() => rm(path, { recursive: true }));

async function publish(id = backupId): Promise<{ tableSha256: string; manifestSha256: string }> {
  const { sha256: tableSha256 } = await writeTableFile(storage, id, table);
  const { sha256: manifestSha256 } = await publishManifest(storage, sampleManifest(id, table, tableSha256));
  return { tableSha256, manifestSha256 };
}

async function publishedIds(): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of listBackups(storage)) ids.push(id);
  return ids;
}

/** Changes an object behind the back of the storage. */
async function change(key: string, edit: (text: string) => string): Promise<void> {
  await writeFile(join(path, key), edit(await readFile(join(path, key), 'utf8')));
}

describe('a repository', () => {
  it('is made once in an empty folder, whoever opens it first, with a page that says how to read it', async () => {
    const opened = await Promise.all(Array.from({ length: 8 }, () => openRepository(storage, systemClock)));
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    expect(await openRepository(storage, systemClock)).toEqual(opened[0]);
    expect(opened[0]!.id).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
    expect((await readdir(path)).sort()).toEqual(['.tmp', 'README.txt', 'repo.json']);
  });

  it('of before packs gets a page that describes them, beside its own', async () => {
    await openRepository(storage, systemClock);
    await change(readmeKey, (text) => text.replace('formats 1 and 2', 'format 1'));
    const before = await storage.readAll(readmeKey);
    for (let times = 0; times < 2; times++) await openRepository(storage, systemClock);
    expect((await storage.readAll(laterReadmeKey)).toString()).toContain('formats 1 and 2');
    expect(await storage.readAll(readmeKey)).toEqual(before);
  });

  it('is not made where other things lie', async () => {
    await mkdir(join(path, 'photos'));
    await writeFile(join(path, 'photos/cat.jpg'), 'x');
    const refused = { code: 'destination/not-a-repository', message: expect.stringContaining('photos/cat.jpg') };
    await expect(openRepository(storage, systemClock)).rejects.toMatchObject(refused);
    expect(await readdir(path)).not.toContain('repo.json');
  });

  it('of a newer format is refused by number, a damaged one by name', async () => {
    await openRepository(storage, systemClock);
    await change(repositoryKey, (text) => text.replace('"format": 1', '"format": 7'));
    await expect(openRepository(storage, systemClock)).rejects.toMatchObject({
      code: 'destination/newer-format',
      message: expect.stringContaining('7'),
    });
    await change(repositoryKey, () => '{');
    await expect(openRepository(storage, systemClock)).rejects.toEqual(code('destination/object-damaged'));
  });
});

describe('a backup', () => {
  it('does not exist before its manifest is published, and reads back as it was written', async () => {
    await writeIntent(storage, intent);
    const { sha256 } = await writeTableFile(storage, backupId, table);
    expect(await publishedIds()).toEqual([]);
    await expect(readManifest(storage, backupId)).rejects.toEqual(code('backup/not-found'));
    const manifest = sampleManifest(backupId, table, sha256);
    const published = await publishManifest(storage, manifest);
    expect(await readManifest(storage, backupId)).toEqual({ manifest, sha256: published.sha256 });
    expect(await readTableFile(storage, backupId, manifest.tables[0]!)).toEqual(table);
    expect(await publishedIds()).toEqual([backupId]);
  });

  it('is published once', async () => {
    const { manifestSha256 } = await publish();
    const other = { ...sampleManifest(backupId, table, 'a'.repeat(64)) };
    await expect(publishManifest(storage, other)).rejects.toEqual(code('destination/object-exists'));
    expect((await readManifest(storage, backupId)).sha256).toBe(manifestSha256);
  });

  it('that does not fit its schema is never written', async () => {
    const wrong = { ...sampleManifest(backupId, table, 'not a digest') };
    await expect(publishManifest(storage, wrong)).rejects.toThrow();
    expect(await storage.stat(manifestKey(backupId))).toBeNull();
  });

  it('with one changed byte in a table file is refused, naming the object', async () => {
    const { tableSha256 } = await publish();
    const key = tableKey(backupId, table.id);
    await change(key, (text) => text.replace('"shop"', '"shoq"'));
    const damage = { code: 'destination/object-damaged', context: { key }, message: expect.stringContaining(key) };
    await expect(readTableFile(storage, backupId, { id: table.id, sha256: tableSha256 })).rejects.toMatchObject(damage);
    await storage.remove(key);
    await expect(readTableFile(storage, backupId, { id: table.id, sha256: tableSha256 })).rejects.toEqual(
      code('destination/object-missing'),
    );
  });

  it('with tables in a pack reads each alone, and refuses a changed byte and a pack of another backup', async () => {
    const tables = ['a', 'b', 'c'].map((id) => sampleTable(id, [], []));
    const place = { backupId, attemptId: '01jabcdefghjkmnpqrstvwxyz2', ordinal: 0 };
    const stored = await writeTablePack(storage, place, tables.map(encodePackedTable));
    const entries = tables.map(({ id }, n) => ({ id, ...stored[n]! }));
    const { key } = stored[0]!.packed!;
    for (const [n, entry] of entries.entries()) {
      expect(await readTableFile(storage, backupId, entry)).toEqual(tables[n]);
    }
    const elsewhere = readTableFile(storage, '01jabcdefghjkmnpqrstvwxyz9', entries[0]!);
    await expect(elsewhere).rejects.toEqual(code('destination/object-damaged'));
    await change(key, (text) => text.replace('"id":"b"', '"id":"x"'));
    await expect(readTableFile(storage, backupId, entries[1]!)).rejects.toMatchObject({
      code: 'destination/object-damaged',
      context: { key },
    });
    expect(await readTableFile(storage, backupId, entries[2]!)).toEqual(tables[2]);
  });

  it('with a column in a format that is not known is refused, naming the column', async () => {
    const column = { name: 'a', type: 8, flags: 0, charset: 63, decimals: 0, declared: 'int', generated: false };
    const newer = sampleTable(table.id, [column, { ...column, name: 'b', format: 3 }], []);
    const { sha256 } = await writeTableFile(storage, backupId, newer);
    await expect(readTableFile(storage, backupId, { id: table.id, sha256 })).rejects.toMatchObject({
      code: 'destination/newer-format',
      context: { column: 'b', format: 3, known: 2 },
    });
  });

  it('with a manifest that is damaged, of another backup, or of a newer format is refused, naming the object', async () => {
    await publish();
    const key = manifestKey(backupId);
    const damage = { code: 'destination/object-damaged', context: { key } };
    const edits: ((text: string) => string)[] = [
      (text) => text.replace(backupId, backupId.replace('1j', '2j')),
      (text) => text.replace('"method"', '"mathod"'),
      (text) => text.slice(0, -20),
      () => '',
    ];
    const whole = await readFile(join(path, key), 'utf8');
    for (const edit of edits) {
      await change(key, () => edit(whole));
      await expect(readManifest(storage, backupId)).rejects.toMatchObject(damage);
    }
    await change(key, () => whole.replace('"format": 1', '"format": 3'));
    await expect(readManifest(storage, backupId)).rejects.toEqual(code('destination/newer-format'));
  });

  it('with any one bit of its manifest flipped is refused, also where the JSON stays good', async () => {
    await publish();
    const file = join(path, manifestKey(backupId));
    const whole = await readFile(file);
    await chmod(file, 0o600);
    for (let bit = 0; bit < whole.length * 8; bit += 13) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      await writeFile(file, flipped);
      const error = await readManifest(storage, backupId).catch((thrown: unknown) => thrown);
      expect(error, `bit ${bit}`).toMatchObject({ context: { key: manifestKey(backupId) } });
    }
    await writeFile(file, whole);
    await expect(readManifest(storage, backupId)).resolves.toBeDefined();
  });

  it('keeps the intent of its first attempt', async () => {
    await writeIntent(storage, intent);
    await writeIntent(storage, { ...intent, writer: 'b' });
    expect(JSON.parse((await storage.readAll(intentKey(backupId))).toString())).toEqual(intent);
  });
});
