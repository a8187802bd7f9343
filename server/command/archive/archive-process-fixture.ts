import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { MysqlAccess } from '#server/engine/access.ts';
import { openStorage } from '#server/storage/open.ts';
import { RunningArchive, stream } from './archive-fixture.ts';
import type { ArchiveSizes } from './command.ts';

/** For tests: a process of its own that archives until it is killed, and says a line at everything that is durable. */
export interface ProcessAsked {
  node: MysqlAccess;
  path: string;
  sizes: Partial<ArchiveSizes>;
}

const { node, path, sizes } = JSON.parse(await text(process.stdin)) as ProcessAsked;
const storage = await openStorage({ kind: 'fs', path });
const running = new RunningArchive({ storage, stream, node, begin: 'oldest', sizes });
/** Not what the platform calls the largest resident set: that counts the process this one was started from. */
const peakKiB = () => Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
const shown = setInterval(() => {
  const { durable, state } = running.status ?? {};
  process.stdout.write(`${JSON.stringify({ state, durable, peakKiB: peakKiB() })}\n`);
}, 50);
await running.done.finally(() => clearInterval(shown));
