import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { changeCredentials } from '#server/cluster/change-credentials.ts';
import { registerDestination } from '#server/destination/register.ts';
import type { JobDetail } from '#server/job/show.ts';
import { startRestore } from '#server/job/start-restore.ts';
import type { TableFile } from '#server/manifest/schema.ts';
import { mayMount, onTmpfs } from '#server/storage/fs/tmpfs-fixture.ts';
import { openStorage } from '#server/storage/open.ts';
import { testKeyring } from '../test-executor.ts';
import { type FaultLab, register, startFaultLab } from './fault-lab-fixture.ts';
import { Doomed } from './run-doomed-fixture.ts';
import { account, card, contentsOf, odd } from './scenario-fixture.ts';

/**
 * What goes wrong around a job, as its row tells it: code, message and hint. After every one of them the destination
 * holds no half backup and the nodes no scratch database.
 */
let lab: FaultLab;
let backupId: string;
const shards = ['bank-shard_1', 'bank-shard_2'];

beforeAll(async () => {
  lab = await startFaultLab(['bank'], 300);
  const base = await lab.startBackup('bank', [account, card, odd], { destinationId: lab.destinations.base });
  expect((await lab.ended(base.jobId)).error).toBeNull();
  backupId = base.backupId;
});
afterAll(() => lab?.stop());
afterEach(async () => {
  for (const node of shards) expect(await lab.sql(node, "SHOW DATABASES LIKE 'tidemark\\_%'").catch(isDown)).toBe('');
});

/** What everybody may see, to prove that nothing changed. */
async function visible(): Promise<unknown> {
  const relations = await lab.query(
    'bank',
    "SELECT oid::regclass::text AS name FROM pg_class WHERE relkind IN ('p','f')",
  );
  const tables = await Promise.all(
    shards.map((node) =>
      lab.sql(
        node,
        "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA LIKE 'postgres%' ORDER BY 1, 2",
      ),
    ),
  );
  return [relations, tables];
}

const isDown = (error: Error) => (/Can't connect/.test(error.message) ? '' : Promise.reject(error));

async function backupOf(tables: string[], more: Parameters<FaultLab['startBackup']>[2] = {}): Promise<JobDetail> {
  return lab.ended((await lab.startBackup('bank', tables, more)).jobId);
}

/** Every message says what happened, every hint what to do, and neither tells a secret. */
function expectTold(job: JobDetail, state: JobDetail['state'], code: string, words: RegExp): void {
  expect([job.state, job.error?.code, job.error?.message]).toEqual([state, code, expect.stringMatching(words)]);
  expect(job.error!.hint).toMatch(/^[A-Z].*[.;]$/s);
  expect(inspect(job, { depth: null })).not.toContain(lab.node('bank-computing').password);
}

const segmentsOnly = (keys: string[]) => keys.filter((key) => !['README.txt', 'repo.json'].includes(key));
async function leavesNothing(work: () => Promise<void>): Promise<void> {
  const before = segmentsOnly(await lab.objects());
  await work();
  expect(segmentsOnly(await lab.objects())).toEqual(before);
}

describe('credentials', () => {
  test('a wrong password fails the backup, and is named with its node', () =>
    leavesNothing(async () => {
      const clusterId = await register(lab.context, lab.lab, 'bank', { as: 'wrong', storagePassword: 'nonsense-1' });
      const job = await backupOf([account], { clusterId });
      expectTold(job, 'failed', 'node/access-denied', /shard_/);
      expect(inspect(job, { depth: null })).not.toContain('nonsense-1');
      // New credentials are enough; nothing is registered again.
      const node = lab.node('bank-computing');
      const login = { user: node.user, password: node.password, tls: { mode: 'disable' } } as const;
      await changeCredentials({ ...lab.context, keyring: testKeyring }, { clusterId, storageCredentials: login });
      const again = await backupOf([odd], { clusterId, destinationId: lab.destinations.base });
      expect(again.state).toBe('succeeded');
    }));

  test('a user that may not read the rows fails the backup, and is told that it may not see the table', () =>
    leavesNothing(async () => {
      for (const node of shards) {
        await lab.sql(
          node,
          "CREATE USER weak@'127.0.0.1' IDENTIFIED BY 'weak-2'; GRANT SELECT ON `postgres_$$_acct`.* TO weak@'127.0.0.1'; GRANT RELOAD, PROCESS ON *.* TO weak@'127.0.0.1'",
        );
      }
      const clusterId = await register(lab.context, lab.lab, 'bank', {
        as: 'weak',
        storageUser: 'weak',
        storagePassword: 'weak-2',
      });
      expectTold(await backupOf([account], { clusterId }), 'failed', 'table/unsupported', /may not see it/);
    }));

  test('a user that may not write there fails the plan, and no job is started', async () => {
    for (const node of shards) {
      await lab.sql(
        node,
        "CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'reader-3'; GRANT SELECT, PROCESS ON *.* TO reader@'127.0.0.1'",
      );
    }
    const clusterId = await register(lab.context, lab.lab, 'bank', {
      as: 'reader',
      storageUser: 'reader',
      storagePassword: 'reader-3',
    });
    const before = await visible();
    const started = lab.startRestore('bank', backupId, [{ source: account, target: 'postgres.public.never' }], {
      clusterId,
    });
    await expect(started).rejects.toMatchObject({
      code: 'restore/checks-failed',
      hint: expect.stringMatching(/GRANT .*(CREATE|INSERT|DROP)/s),
    });
    expect(await visible()).toEqual(before);
  });

  test('a right that is taken away between plan and run fails the table, named, and nothing is visible', async () => {
    const { jobId: planJobId } = await lab.plan('bank', backupId, [
      { source: account, target: 'postgres.public.never' },
    ]);
    const before = await visible();
    await lab.sql('bank-shard_2', "REVOKE CREATE ON *.* FROM tidemark@'127.0.0.1'");
    try {
      const { jobId } = await startRestore(lab.context, { planJobId });
      expectTold(await lab.ended(jobId), 'failed', 'node/missing-privilege', /CREATE|denied/);
    } finally {
      await lab.sql('bank-shard_2', "GRANT CREATE ON *.* TO tidemark@'127.0.0.1'");
    }
    expect(await visible()).toEqual(before);
  });
});

describe('the destination', () => {
  const damaged = async (file: string, sourceTables: string[], words: RegExp, at?: number) => {
    const path = join(lab.folder, 'base', file);
    const whole = readFileSync(path);
    const { jobId: planJobId } = await lab.plan(
      'bank',
      backupId,
      sourceTables.map((source, n) => ({ source, target: `postgres.public.never_${n}` })),
    );
    const before = await visible();
    const bytes = Buffer.from(whole);
    bytes[at ?? bytes.length >> 1]! ^= 4;
    chmodSync(path, 0o600);
    writeFileSync(path, bytes);
    try {
      const job = await lab.ended((await startRestore(lab.context, { planJobId })).jobId);
      expectTold(job, 'failed', 'destination/object-damaged', words);
      expect(job.error!.message).toContain(file.split('/').at(-1));
      expect(await visible()).toEqual(before);
      return job;
    } finally {
      writeFileSync(path, whole);
    }
  };

  test('one flipped bit in the manifest: the restore refuses and names the object', () =>
    damaged(`backups/${backupId}/manifest.json`, [account], /damaged/));

  test('one flipped bit in a table file: the restore refuses and names the object', async () => {
    const key = (await tableFiles())[0]!;
    const { name } = JSON.parse(readFileSync(join(lab.folder, 'base', key), 'utf8'));
    const table = [account, card, odd].find((candidate) => candidate.includes(name.table))!;
    await damaged(key, [table], /damaged/);
  });

  test('one flipped bit among the rows of a table: the restore refuses, names the object, and writes nothing anybody sees', async () => {
    const tables = await tableFiles();
    const files = tables.map((key): TableFile => JSON.parse(readFileSync(join(lab.folder, 'base', key), 'utf8')));
    const { fragments } = files.find(({ name }) => name.table === 'transfer_account')!;
    const { segment, offset, length } = fragments.at(-1)!.chunks[0]!;
    await damaged(segment, [account], /damaged/, offset + (length >> 1));
  });

  async function tableFiles(): Promise<string[]> {
    const storage = await openStorage({ kind: 'fs', path: join(lab.folder, 'base') });
    const keys: string[] = [];
    for await (const { key } of storage.list(`backups/${backupId}/tables/`)) keys.push(key);
    await storage.close();
    return keys;
  }

  test.skipIf(!mayMount())('that is full fails the backup by name and keeps nothing of it', () =>
    onTmpfs('size=2m', async (path) => {
      const { destinationId } = await registerDestination(lab.context, { name: 'small', kind: 'fs', path });
      writeFileSync(join(path, '.filler'), Buffer.alloc(1_500_000));
      await lab.sql(
        'bank-shard_1',
        'CREATE TABLE `postgres_$$_public`.noise (id int PRIMARY KEY, a longblob); INSERT INTO `postgres_$$_public`.noise VALUES (1, random_bytes(1024)), (2, random_bytes(1024)); INSERT INTO `postgres_$$_public`.noise SELECT seq, concat(random_bytes(1024), random_bytes(1024), random_bytes(1024)) FROM `postgres_$$_public`.seq_3_to_600',
      );
      await lab.query(
        'bank',
        `CREATE FOREIGN TABLE public.noise (id int NOT NULL, a bytea) SERVER shard_1 OPTIONS (dbname 'postgres_$$_public', table_name 'noise')`,
      );
      try {
        const job = await backupOf(['postgres.public.noise'], { destinationId });
        expectTold(job, 'failed', 'destination/full', /no space left/);
        const storage = await openStorage({ kind: 'fs', path });
        const keys: string[] = [];
        for await (const { key } of storage.list('')) keys.push(key);
        expect(segmentsOnly(keys)).toEqual([]);
      } finally {
        await lab.query('bank', 'DROP FOREIGN TABLE public.noise');
        await lab.sql('bank-shard_1', 'DROP TABLE `postgres_$$_public`.noise');
      }
    }),
  );

  test.skipIf(!mayMount())('that may not be written fails the backup by name', () =>
    onTmpfs('size=2m', async (path) => {
      const { destinationId } = await registerDestination(lab.context, { name: 'readonly', kind: 'fs', path });
      expect(spawnSync('mount', ['-o', 'remount,ro', path]).status).toBe(0);
      expectTold(await backupOf([odd], { destinationId }), 'failed', 'destination/unwritable', /EROFS|write|open/);
    }),
  );

  test('whose place is a file and no folder fails the backup by name', async () => {
    const path = join(lab.folder, 'a-file');
    writeFileSync(path, '');
    const { destinationId } = await registerDestination(lab.context, { name: 'a-file', kind: 'fs', path });
    expectTold(await backupOf([odd], { destinationId }), 'failed', 'destination/unwritable', /a-file/);
  });

  test('that holds something else is left alone', async () => {
    const path = join(lab.folder, 'strange');
    mkdirSync(path);
    writeFileSync(join(path, 'letter.txt'), 'mine');
    const { destinationId } = await registerDestination(lab.context, { name: 'strange', kind: 'fs', path });
    expectTold(await backupOf([odd], { destinationId }), 'failed', 'destination/not-a-repository', /letter\.txt/);
    expect(readFileSync(join(path, 'letter.txt'), 'utf8')).toBe('mine');
    rmSync(path, { recursive: true });
  });
});

describe('tables', () => {
  test('one that does not exist is named, and nothing is taken', () =>
    leavesNothing(async () => {
      expectTold(await backupOf([odd, 'postgres.public.not_there']), 'failed', 'table/not-found', /not_there/);
    }));

  test('names with quotes, dots, $$, Unicode, case and 63 bytes are backed up and come back equal under odd names', async () => {
    const names = [
      '"Fee ""2026"""',
      '"odd.name$$x"',
      '"转账 记录"',
      '"MixedCase"',
      'the_longest_name_that_postgresql_takes_is_sixty_three_bytes_lon',
    ];
    const tables = names.map((name) => `postgres.public.${name}`);
    const begun = await lab.startBackup('bank', tables);
    expect((await lab.ended(begun.jobId)).error).toBeNull();
    const targets = names.map((_, n) => `postgres.public."Zurück.""${n}"" $$ 表"`);
    const { jobId } = await lab.startRestore(
      'bank',
      begun.backupId,
      tables.map((source, n) => ({ source, target: targets[n] })),
    );
    const job = await lab.ended(jobId);
    expect([job.state, job.error]).toEqual(['succeeded', null]);
    const { plan } = job.input as Extract<JobDetail['input'], { kind: 'restore' }>;
    for (const table of plan.tables) {
      const [{ source, target }] = table.fragments as [(typeof table.fragments)[0]];
      const [a, b] = await contentsOf(
        lab,
        [source, target].map((place) => ({ ...place, node: `bank-${place.node}` })),
      );
      expect([table.source, b]).toEqual([table.source, a]);
    }
    for (const target of targets) await lab.query('bank', `DROP FOREIGN TABLE ${target.replace('postgres.', '')}`);
    for (const { target } of plan.tables.flatMap(({ fragments }) => fragments)) {
      await lab.sql(
        `bank-${target.node}`,
        `DROP TABLE \`${target.database}\`.\`${target.table.replaceAll('`', '``')}\``,
      );
    }
  });

  test('a target that exists is refused before a job is started, and stays as it is', async () => {
    const before = await visible();
    const started = lab.startRestore('bank', backupId, [{ source: account, target: card }]);
    await expect(started).rejects.toMatchObject({
      code: 'restore/checks-failed',
      message: expect.stringMatching(/transfer_account/),
      hint: expect.stringMatching(/--clean|name/),
    });
    expect(await visible()).toEqual(before);
  });

  test('a target that appears between plan and run is refused, and stays as it is', async () => {
    const { jobId: planJobId } = await lab.plan('bank', backupId, [{ source: odd, target: 'postgres.public.late' }]);
    await lab.query('bank', 'CREATE TABLE public.late (mine int)');
    const job = await lab.ended((await startRestore(lab.context, { planJobId })).jobId);
    expectTold(job, 'failed', 'restore/target-exists', /late/);
    expect(await lab.query('bank', 'SELECT * FROM public.late')).toEqual([]);
    await lab.query('bank', 'DROP TABLE public.late');
  });

  test('two jobs on one table: the second is refused with the number of the first', async () => {
    lab.heirWorks = false;
    const first = await lab.startRestore('bank', backupId, [{ source: odd, target: 'postgres.public.wanted' }]);
    const second = lab.startRestore('bank', backupId, [{ source: card, target: 'postgres.public.wanted' }]);
    await expect(second).rejects.toMatchObject({
      code: 'conflict/table-busy',
      context: { jobId: first.jobId, jobNumber: first.number },
    });
    lab.heirWorks = true;
    expect((await lab.ended(first.jobId)).state).toBe('succeeded');
  });
});

// Last, because nothing brings the node back.
describe('a node', () => {
  test('that goes down in the middle of a backup fails it by name, and leaves nothing', () =>
    leavesNothing(async () => {
      lab.heirWorks = false;
      const { jobId } = await lab.startBackup('bank', [account, card]);
      const executor = new Doomed(lab.database.url, join(lab.folder, 'compiled'));
      // Stopped for a moment between the cut and the rows, so that it is surely in the middle of its work.
      executor.begin({ kind: 'pause', step: 'SAVEPOINT', occurrence: 1 }, '127.0.0.1');
      await executor.says('at SAVEPOINT');
      await executor.asleep();
      await lab.node('bank-shard_2').mariadb!.kill();
      executor.wake();
      await executor.over();
      executor.kill();
      lab.heirWorks = true;
      const job = await lab.ended(jobId);
      // Which of the two depends on whether it was reading or connecting again at that moment.
      expect(['node/connection-lost', 'node/unreachable']).toContain(job.error?.code);
      expectTold(job, 'failed', job.error!.code, /shard_2/);
    }));

  test('that is down when a backup begins fails it by name, and leaves nothing', () =>
    leavesNothing(async () => {
      expectTold(await backupOf([account]), 'failed', 'node/unreachable', /shard_2/);
    }));

  test('that is down fails only the tables that lie on it', async () => {
    const job = await backupOf([odd, 'postgres.public.test2'], { destinationId: lab.destinations.base });
    expectTold(job, 'partly', 'node/unreachable', /odd.name.*shard_2/);
  });

  test('that is down fails a plan by name before anything is touched', async () => {
    const planned = lab.plan('bank', backupId, [{ source: card }], { clean: true });
    await expect(planned).resolves.toMatchObject({
      answer: { tables: [{ problem: { code: 'node/unreachable', message: expect.stringMatching(/shard_2/) } }] },
    });
  });
});
