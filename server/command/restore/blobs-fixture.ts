import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { MysqlAccess } from '#server/engine/access.ts';
import { openStorage } from '#server/storage/open.ts';
import { bringBack, takeDatabase } from './fidelity-fixture.ts';

/** For tests: a process of its own that backs one database up, restores it, and says how much memory it ever had. */
export interface BlobsAsked {
  node: MysqlAccess;
  database: string;
  path: string;
}
export interface BlobsTold {
  fates: [table: string, fate: string | null][];
  peakAfterBackup: number;
  peakAfterRestore: number;
}

const peakBytes = () => Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;

const { node, database, path } = JSON.parse(await text(process.stdin)) as BlobsAsked;
const storage = await openStorage({ kind: 'fs', path });
const world = { access: { kind: 'mysql' as const, id: 'c', name: 'c', node }, storage };
const { backupId, tables } = await takeDatabase(world, database);
const peakAfterBackup = peakBytes();
const fates = await bringBack(
  world,
  backupId,
  database,
  tables.map(({ source }) => source),
);
await storage.close();
const told: BlobsTold = { fates: [...fates], peakAfterBackup, peakAfterRestore: peakBytes() };
process.stdout.write(JSON.stringify(told));
