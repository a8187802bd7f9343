import { expect, test } from 'vitest';
import { backupCommand, restoreCommand } from '#components/job/command-line.ts';

const scope = { all: false, databases: [], schemas: [], tables: [], patterns: [], exclude: [] };
const backup = { clusterId: 'c', destinationId: 'd', method: 'logical' as const, parallel: 2 };

test('a backup is asked for by names, with what a shell would change in quotes', () => {
  const tables = ['postgres.public."Fee ""2026"""', "postgres.public.it's"];
  expect(backupCommand({ ...backup, scope: { ...scope, tables } }, { cluster: 'bank', destination: 'local' })).toBe(
    `npx tidemark backup run bank --table 'postgres.public."Fee ""2026"""' --table 'postgres.public.it'\\''s' --to local --parallel 2 --wait`,
  );
});

test('a restore in place names no target and says that it replaces', () => {
  const table = { source: 'a.b.c', target: 'a.b.c' } as Parameters<typeof restoreCommand>[0]['tables'][number];
  const plan = {
    backup: { id: 'b1' } as never,
    tables: [table],
    parallel: 2,
    keepForMs: 7 * 86_400_000,
    foreignKeys: false,
    triggers: false,
    maxBytesPerSecond: null,
    maxReplicaLagSeconds: null,
    logBin: true,
  };
  const names = { cluster: 'bank', into: null };
  expect(restoreCommand({ ...plan, clean: true }, names)).toContain(
    '--table a.b.c --backup b1 --clean --keep-for 168h',
  );
  expect(restoreCommand({ ...plan, clean: false }, { ...names, into: 'bank2' })).toContain(
    '--table a.b.c=a.b.c --backup b1 --into bank2',
  );
  const gentle = { maxBytesPerSecond: 50 * 1024 ** 2, maxReplicaLagSeconds: 10, logBin: false };
  expect(restoreCommand({ ...plan, ...gentle, clean: false }, names)).toContain(
    '--max-rate 50MiB --max-replica-lag 10s --no-log-bin --wait',
  );
});

test('each kind of point is asked for by its own option', () => {
  const of = (point: Parameters<typeof restoreCommand>[0]['point']) =>
    restoreCommand(
      { backup: { id: 'b1' }, tables: [], parallel: 2, keepForMs: 0, point } as unknown as Parameters<
        typeof restoreCommand
      >[0],
      { cluster: 'bank', into: null },
    ).replace(/^npx tidemark restore run bank | --parallel.*/g, '');
  expect(of({ kind: 'backup', backupId: 'b1' })).toBe('--backup b1');
  expect(of({ kind: 'instant', at: '2026-11-20T02:41:07.318Z' })).toBe('--at 2026-11-20T02:41:07.318Z');
  expect(of({ kind: 'before', transaction: 's1:0-11-884213' })).toBe('--before-tx s1:0-11-884213');
  expect(of({ kind: 'after', transaction: 'xa:1-2-3' })).toBe('--after-tx xa:1-2-3');
  expect(of({ kind: 'latest' })).toBe('--at latest');
});

test('a restore from before loads could be bounded is asked for as it ran', () => {
  const old = {
    backup: { id: 'b1' } as never,
    tables: [],
    parallel: 2,
    keepForMs: 0,
    foreignKeys: false,
    triggers: false,
  };
  const plan = { ...old, clean: false } as unknown as Parameters<typeof restoreCommand>[0];
  const command = restoreCommand(plan, { cluster: 'bank', into: null });
  expect(command).toBe('npx tidemark restore run bank --backup b1 --parallel 2 --wait');
});

test('what bounds a backup is said in the units people write, and only where it is not the default', () => {
  const bounds = { maxBytesPerSecond: 50 * 1024 ** 2, maxThreadsRunning: 20, maxSnapshotAgeMs: 5_400_000 };
  const asked = { ...backup, scope: { ...scope, all: true }, ...bounds, readFrom: 'replica' as const };
  expect(backupCommand(asked, { cluster: 'bank', destination: 'local' })).toContain(
    '--max-rate 50MiB --max-threads-running 20 --max-snapshot-age 90m --read-from replica --wait',
  );
});
