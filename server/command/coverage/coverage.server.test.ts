import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MariadbServer } from '#lab/mariadb-server.ts';
import { publishManifest } from '#server/manifest/publish.ts';
import { sampleManifest, sampleTable } from '#server/manifest/sample-fixture.ts';
import { writeTableFile } from '#server/manifest/write-table.ts';
import { ArchiveFixture, accessOf, RunningArchive, stream } from '../archive/archive-fixture.ts';
import { tableCoverage } from './coverage.ts';
import { CoverageCache, readCoverageFacts } from './read-coverage.ts';

let fixture: ArchiveFixture;
let server: MariadbServer;

beforeAll(async () => {
  fixture = new ArchiveFixture();
  await fixture.open();
  server = await fixture.server('one');
  await server.sql('CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY)');
});
afterAll(() => fixture.close());

/** What a manifest says of a backup that was cut now. */
async function backUpNow(id: string): Promise<Date> {
  const [file, offset] = (await server.sql('SHOW MASTER STATUS')).trim().split('\t');
  const gtid = (await server.sql(`SELECT BINLOG_GTID_POS('${file}', ${offset})`)).trim();
  const at = new Date();
  const position = { file: file!, offset: offset!, gtid };
  const sample = sampleTable(`${id}-000000`, [], []);
  const fragments = sample.fragments.map((fragment) => ({ ...fragment, node: stream.node, position }));
  const table = { ...sample, fragments };
  const { sha256 } = await writeTableFile(fixture.storage, id, table);
  const manifest = sampleManifest(id, table, sha256);
  const node = { node: stream.node, position, serverId: 1, serverUuid: null, preparedXids: [] };
  await publishManifest(fixture.storage, {
    ...manifest,
    ...{ cluster: { ...manifest.cluster, id: stream.cluster.id }, finishedAt: at.toISOString() },
    cut: { ...manifest.cut, at: at.toISOString(), nodes: [node] },
  });
  return at;
}

async function ask(archivedUntil = new Map<string, Date>()) {
  const place = { storage: fixture.storage, cache: new CoverageCache() };
  const facts = await readCoverageFacts(place, { clusterId: stream.cluster.id, table: 'shop.orders', archivedUntil });
  return tableCoverage({ ...facts, nowMs: Date.now() + 60_000 });
}

test('the log of a real server covers a table from its backup on, in its tail and sealed, up to an ALTER TABLE that cannot be crossed', async () => {
  const { storage } = fixture;
  const running = new RunningArchive({ storage, stream, node: accessOf(server), begin: 'oldest' });
  const first = await backUpNow('01jabcdefghjkmnpqrstvwxyz1');
  await server.sql('INSERT INTO shop.orders VALUES (1)');
  await server.sql('CREATE TABLE shop.other (id INT PRIMARY KEY); INSERT INTO shop.orders VALUES (2)');
  await server.sql('FLUSH BINARY LOGS');
  const second = await backUpNow('01jabcdefghjkmnpqrstvwxyz2');
  await expect
    .poll(() => running.status?.caughtUpAt ?? 0, { timeout: 20_000, interval: 50 })
    .toSatisfy((at) => +at > +second);
  // The tail proves it, and says more than the time of its last commit: the later backup stands in it.
  const { ranges, gaps } = await ask();
  expect({ ranges, gaps }).toEqual({ ranges: [{ from: first.toISOString(), to: second.toISOString() }], gaps: [] });
  const until = running.status!.caughtUpAt!;
  expect((await ask(new Map([[stream.id, until]]))).safeUntil).toBe(until.toISOString());

  await server.sql('ALTER TABLE shop.orders ADD note CHAR(36) DEFAULT (UUID())');
  const altered = new Date();
  await expect
    .poll(() => running.status?.caughtUpAt ?? 0, { timeout: 20_000, interval: 50 })
    .toSatisfy((at) => +at > +altered);
  await running.stop();
  const sealed = await ask(new Map([[stream.id, running.status!.caughtUpAt!]]));
  expect(sealed.ranges[0]!.from).toBe(first.toISOString());
  expect(Date.parse(sealed.safeUntil!)).toBeGreaterThanOrEqual(second.getTime());
  expect(Date.parse(sealed.safeUntil!)).toBeLessThan(altered.getTime());
  const reason = expect.stringContaining('shop.orders cannot be brought across it');
  expect(sealed.gaps.at(-1)).toMatchObject({ from: sealed.safeUntil, reason });
});
