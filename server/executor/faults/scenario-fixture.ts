import { rmSync } from 'node:fs';
import { expect } from 'vitest';
import type { JobDetail } from '#server/job/show.ts';
import { readManifest, readTableFile } from '#server/manifest/read.ts';
import { openStorage } from '#server/storage/open.ts';
import { contentOf, type FaultLab } from './fault-lab-fixture.ts';
import { inWords, type PieceAt, watchTables } from './watch-tables-fixture.ts';

/** One kind of job, made to be broken: begun from the same state each time, and its truth afterwards. */
export interface Scenario {
  /** Starts the job; nobody works on it yet. */
  begin(): Promise<{ jobId: string }>;
  /** The job has ended: everything is as it must be. Called again when a frozen attempt has woken up. */
  check(job: JobDetail): Promise<void>;
  /** Puts back what the job changed. */
  clear(): Promise<void>;
}

export const account = 'postgres.public.transfer_account';
export const card = 'postgres.public.card';
export const odd = 'postgres.public."odd.name$$x"';
const bankNodes = ['bank-shard_1', 'bank-shard_2'];
const accountPieces: PieceAt[] = [0, 1, 2, 3].map((n) => ({
  node: bankNodes[n % 2]!,
  database: 'postgres_$$_public',
  table: `transfer_account_p${n}`,
}));
const cardPiece: PieceAt = { node: 'bank-shard_2', database: 'postgres_$$_public', table: 'card' };
const oddPiece: PieceAt = { node: 'bank-shard_2', database: 'postgres_$$_public', table: 'odd.name$$x' };
const quoted = (text: string) => `\`${text.replaceAll('`', '``')}\``;
const sqlName = ({ database, table }: PieceAt) => `${quoted(database)}.${quoted(table)}`;

export async function contentsOf(lab: FaultLab, pieces: readonly PieceAt[]): Promise<string[]> {
  const contents: string[] = [];
  for (const { node, database, table } of pieces) {
    const session = await lab.session(node);
    contents.push(inWords(await contentOf(session, database, table)));
    await session.close();
  }
  return contents;
}

/** No scratch database, and nobody waits: a row is written and a table altered on every node, within seconds. */
export async function expectCalm(lab: FaultLab, nodes: readonly string[]): Promise<void> {
  for (const node of nodes) {
    expect([node, await lab.sql(node, "SHOW DATABASES LIKE 'tidemark\\_%'")]).toEqual([node, '']);
    const [database, table] = node === 'shop' ? ['shop', 'no_key'] : ['postgres_$$_public', 'transfer_entry_1'];
    const name = `${quoted(database!)}.${quoted(node === 'bank-shard_2' ? 'transfer_entry_2' : table!)}`;
    await lab.sql(
      node,
      `SET lock_wait_timeout = 5; CREATE TABLE ${quoted(database!)}.calm (a int) ENGINE=InnoDB;
       INSERT INTO ${quoted(database!)}.calm VALUES (1); DROP TABLE ${quoted(database!)}.calm; ALTER TABLE ${name} COMMENT = 'calm'`,
    );
  }
}

/** Two tables over both shards into an empty destination. */
export function backupScenario(lab: FaultLab): Scenario {
  let backupId = '';
  const pieces = [...accountPieces, cardPiece];
  return {
    begin: async () => {
      const begun = await lab.startBackup('bank', [account, card]);
      backupId = begun.backupId;
      return begun;
    },
    check: async (job) => {
      expect([job.state, job.error]).toEqual(['succeeded', null]);
      const storage = await openStorage({ kind: 'fs', path: lab.store });
      const { manifest, sha256 } = await readManifest(storage, backupId);
      const tables = manifest.tables.map(({ id }) => `backups/${backupId}/tables/${id}.json`);
      const named = ['README.txt', 'repo.json', `backups/${backupId}/manifest.json`, ...tables];
      expect(await lab.objects()).toEqual([...named, ...manifest.segments.map(({ key }) => key)].sort());
      const row = await lab.database.db.backup.findUnique({ where: { id: backupId } });
      expect(row).toMatchObject({ id: backupId, manifestSha256: sha256, removedAt: null });
      const files = await Promise.all(manifest.tables.map((entry) => readTableFile(storage, backupId, entry)));
      await storage.close();
      const recorded = files.flatMap((file) => file.fragments.map(({ table, rows }) => `${table} ${rows}`)).sort();
      const contents = await contentsOf(lab, pieces);
      expect(recorded).toEqual(pieces.map(({ table }, n) => `${table} ${contents[n]!.split(' ')[0]}`).sort());
      expect((await lab.outcomes(job.id)).map((outcome) => outcome?.outcome)).toEqual(['succeeded', 'succeeded']);
      await expectCalm(lab, bankNodes);
      await expectUnlocked(lab, pieces);
    },
    clear: async () => rmSync(lab.store, { recursive: true, force: true }),
  };
}

/** Whoever wants to alter one of the tables may, soon. */
async function expectUnlocked(lab: FaultLab, pieces: readonly PieceAt[]): Promise<void> {
  for (const piece of pieces) {
    await lab.sql(piece.node, `SET lock_wait_timeout = 5; ALTER TABLE ${sqlName(piece)} COMMENT = 'altered'`);
  }
}

/** A partitioned table and one with an odd name, beside the live ones, into a schema that is not there yet. */
export function besideScenario(lab: FaultLab, backupId: string): Scenario {
  const pieces = [...accountPieces, oddPiece];
  const everything = async () => {
    const relations = await lab.query(
      'bank',
      "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('p', 'f')",
    );
    const listed = await Promise.all(
      bankNodes.map((node) =>
        lab.sql(
          node,
          "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA LIKE 'postgres%' ORDER BY 1, 2",
        ),
      ),
    );
    const tables = listed.flatMap((text, n) =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => `${bankNodes[n]} ${line}`),
    );
    return new Set([...relations.map(({ name }) => String(name)), ...tables]);
  };
  // Nobody else may make tables in a schema that was made for them.
  const notGranted = 'not granted: ownership by lab_owner';
  let before = new Set<string>();
  let source: string[] = [];
  return {
    begin: async () => {
      before = await everything();
      source = await contentsOf(lab, pieces);
      const [a, b] = ['postgres.fresh."Back $$.1"', 'postgres.fresh.two'];
      return lab.startRestore('bank', backupId, [
        { source: account, target: a },
        { source: odd, target: b },
      ]);
    },
    check: async (job) => {
      expect([job.state, job.error, (await lab.outcomes(job.id)).map((outcome) => outcome?.notes)]).toEqual([
        'succeeded',
        null,
        [[notGranted], [notGranted]],
      ]);
      const { plan } = job.input as Extract<JobDetail['input'], { kind: 'restore' }>;
      const targets = plan.tables.flatMap(({ fragments }) => fragments.map(({ target }) => target));
      const made = targets.map((target) => ({ ...target, node: `bank-${target.node}` }));
      expect((await contentsOf(lab, made)).sort()).toEqual([...source].sort());
      const now = await everything();
      expect([...before].filter((name) => !now.has(name))).toEqual([]);
      // Root and four leaves, one plain table, and the five storage tables under them; nothing else.
      expect([...now].filter((name) => !before.has(name))).toHaveLength(5 + 1 + 5);
      const [row] = await lab.query(
        'bank',
        'SELECT (SELECT count(*) FROM fresh."Back $$.1")::int AS a, (SELECT count(*) FROM fresh.two)::int AS b',
      );
      expect(row).toEqual({ a: plan.tables[0]!.rows, b: plan.tables[1]!.rows });
      await expectCalm(lab, bankNodes);
    },
    clear: async () => {
      await lab.query('bank', 'DROP SCHEMA IF EXISTS fresh CASCADE');
      for (const node of bankNodes) await lab.sql(node, 'DROP DATABASE IF EXISTS `postgres_$$_fresh`');
    },
  };
}

/** Live tables that have lost rows, replaced by what they were; watched all the while. */
export function inPlaceScenario(
  lab: FaultLab,
  backupId: string,
  where: { cluster: 'bank' | 'shop'; tables: string[]; pieces: PieceAt[]; damage: (piece: PieceAt) => string },
): Scenario {
  const { cluster, tables, pieces, damage } = where;
  const nodes = [...new Set(pieces.map(({ node }) => node))];
  let whole: string[] = [];
  let damaged: string[] = [];
  let watch: Awaited<ReturnType<typeof watchTables>> | undefined;
  return {
    begin: async () => {
      whole = await contentsOf(lab, pieces);
      for (const piece of pieces) await lab.sql(piece.node, damage(piece));
      damaged = await contentsOf(lab, pieces);
      for (const [n, content] of damaged.entries()) expect(content).not.toBe(whole[n]);
      const begun = await lab.startRestore(
        cluster,
        backupId,
        tables.map((source) => ({ source })),
        { clean: true },
      );
      watch = await watchTables(lab, pieces);
      return begun;
    },
    check: async (job) => {
      const met = (await watch?.stop()) ?? [];
      watch = undefined;
      for (const [n, { contents }] of met.entries()) {
        for (const content of contents) expect([damaged[n], whole[n]]).toContain(content);
      }
      expect([job.state, job.error, (await lab.outcomes(job.id)).map((outcome) => outcome?.notes)]).toEqual([
        'succeeded',
        null,
        tables.map(() => []),
      ]);
      expect(await contentsOf(lab, pieces)).toEqual(whole);
      const kept = await lab.kept();
      expect(kept.map(({ table }) => table).sort()).toEqual([...tables].sort());
      const copies = kept.flatMap((copy) => copy.pieces);
      const keptPieces = pieces.map((piece) => {
        const copy = copies.find(({ database, live }) => database === piece.database && live === piece.table)!;
        return { ...piece, table: copy.kept };
      });
      expect(await contentsOf(lab, keptPieces)).toEqual(damaged);
      await expectCalm(lab, nodes);
      watch = await watchTables(lab, pieces);
    },
    clear: async () => {
      await watch?.stop();
      watch = undefined;
      for (const { pieces: copies } of await lab.kept()) {
        for (const { node, database, kept } of copies) {
          await lab.sql(cluster === 'shop' ? 'shop' : `bank-${node}`, `DROP TABLE ${quoted(database)}.${quoted(kept)}`);
        }
      }
      await lab.database.db.keptCopy.deleteMany({});
    },
  };
}

export const bankInPlace = {
  cluster: 'bank' as const,
  tables: [account, card],
  pieces: [...accountPieces, cardPiece],
  damage: (piece: PieceAt) => `DELETE FROM ${sqlName(piece)} LIMIT 3`,
};

export const shopInPlace = {
  cluster: 'shop' as const,
  tables: ['shop.event_log', 'shop.order_items'],
  pieces: ['event_log', 'order_items'].map((table) => ({ node: 'shop', database: 'shop', table })),
  damage: (piece: PieceAt) => `DELETE FROM ${sqlName(piece)} LIMIT 3`,
};
