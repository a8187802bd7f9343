import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { ulid } from 'ulid';
import { scopeInput } from '#server/contract/scope.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { openStorage } from '#server/storage/open.ts';
import { TestJob } from '../restore/restore-fixture.ts';
import { backup } from './backup.ts';

/** For tests: a process of its own that backs one database up and says how much memory it ever had. */
export interface MemoryAsked {
  node: MysqlAccess;
  database: string;
  path: string;
}
export interface MemoryTold {
  tables: number;
  rawBytes: number;
  peakBytes: number;
}

const { node, database, path } = JSON.parse(await text(process.stdin)) as MemoryAsked;
const storage = await openStorage({ kind: 'fs', path });
const { tables } = await backup(new TestJob().attempt(), {
  backupId: ulid().toLowerCase(),
  cluster: { kind: 'mysql', id: 'c', name: 'c', node },
  storage,
  scope: scopeInput.parse({ databases: [database] }),
  parallel: 2,
});
await storage.close();
const told: MemoryTold = {
  tables: tables.filter(({ outcome }) => outcome === 'succeeded').length,
  rawBytes: tables.reduce((sum, table) => sum + table.rawBytes, 0),
  peakBytes: Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024,
};
process.stdout.write(JSON.stringify(told));
