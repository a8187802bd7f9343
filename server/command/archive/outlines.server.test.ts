import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MariadbServer } from '#lab/mariadb-server.ts';
import { logOutlinesKey, logSealKey, logSegmentKey } from '#server/manifest/log-keys.ts';
import { readLogOutlines, segmentsPerOutlines } from '#server/manifest/log-outline.ts';
import { listLogSeals, readLogSeal } from '#server/manifest/log-store.ts';
import { ArchiveFixture, accessOf, RunningArchive, stream } from './archive-fixture.ts';

const fixture = new ArchiveFixture();
let server: MariadbServer;

beforeAll(async () => {
  await fixture.open();
  server = await fixture.server('one');
  await server.sql('CREATE DATABASE d; CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(8000))');
});
afterAll(() => fixture.close());

/** One run over all that the server has; each row of these is more than a segment. */
async function archiveRows(count: number): Promise<void> {
  await server.sql("INSERT INTO d.t (text) VALUES (REPEAT('x', 8000));".repeat(count));
  const sizes = { segmentBytes: 4_096, segmentMs: 600_000, tailMs: 1_000 };
  const { storage } = fixture;
  const running = new RunningArchive({ storage, stream, node: accessOf(server), begin: 'oldest', sizes });
  await expect.poll(() => running.status?.state, { timeout: 20_000, interval: 20 }).toBe('live');
  await running.stop();
}

const outlineKeys = async () => {
  const keys: string[] = [];
  for await (const { key } of fixture.storage.list('logs/')) if (key.includes('/outlines/')) keys.push(key);
  return keys.sort();
};

test('what seals and indexes say is gathered with the last segment of every so many, and says the same', async () => {
  await archiveRows(segmentsPerOutlines);
  expect((await listLogSeals(fixture.storage, stream.id)).length).toBeGreaterThan(segmentsPerOutlines);
  expect(await outlineKeys()).toEqual([logOutlinesKey(stream.id, 0)]);
  const outlines = await readLogOutlines(fixture.storage, stream.id, 0);
  expect(outlines).toHaveLength(segmentsPerOutlines);
  for (const [sequence, outline] of outlines.entries()) {
    const { seal, sha256 } = await readLogSeal(fixture.storage, stream.id, sequence);
    const { bytes } = (await fixture.storage.stat(logSealKey(stream.id, sequence)))!;
    const { key, bytes: segmentBytes } = seal.segment;
    expect(outline).toMatchObject({ sequence, seal: { sha256, bytes }, segment: { key, bytes: segmentBytes } });
  }
  const sql = outlines.flatMap(({ statements }) => statements!.map((statement) => statement.sql));
  expect(sql).toContainEqual(expect.stringContaining('CREATE TABLE d.t'));
});

test('a run gathers what is missing, and goes on where a seal cannot be used', async () => {
  const { storage } = fixture;
  await storage.remove(logOutlinesKey(stream.id, 0));
  await archiveRows(segmentsPerOutlines);
  const both = [0, segmentsPerOutlines].map((first) => logOutlinesKey(stream.id, first));
  expect(await outlineKeys()).toEqual(both);
  for (const key of both) await storage.remove(key);
  const { seal } = await readLogSeal(storage, stream.id, 3);
  expect(seal.segment.key).toContain(logSegmentKey(stream.id, 3, '').replace('.log', ''));
  await storage.remove(logSealKey(stream.id, 3));
  await archiveRows(1);
  expect(await outlineKeys()).toEqual(both.slice(1));
});
