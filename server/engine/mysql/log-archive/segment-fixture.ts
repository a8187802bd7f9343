import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogIndex, LogPlace } from '#server/manifest/log-schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage } from '#server/storage/open.ts';
import { LogCursor } from './log-cursor.ts';
import { readLogIndex } from './read-index.ts';
import { rebuildLog } from './rebuild.ts';
import { LogScan } from './scan-log.ts';
import { LogSegmentWriter, type SummaryOutside } from './segment-writer.ts';

/** For tests: a place for segments that is gone afterwards. */
export async function withStorage(work: (storage: Storage, path: string) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'tidemark-log-'));
  const storage = await openStorage({ kind: 'fs', path });
  try {
    await work(storage, path);
  } finally {
    await storage.close();
    await rm(path, { recursive: true });
  }
}

export const server = { id: 1, uuid: null, version: '10.11' };

const nothing = () => {};

export function scanFrom(place: LogPlace | null): LogScan {
  const cursor = new LogCursor(server, place);
  const scan = new LogScan({
    cursor,
    now: () => 1_700_000_000_000,
    beforeEvent: nothing,
    afterEvent: nothing,
    onIdle: nothing,
  });
  if (place) scan.restore(place.context.map((event) => Buffer.from(event, 'base64')));
  return scan;
}

export function openWriter(
  storage: Storage,
  key: string,
  sizes: { frameBytes?: number; budgetBytes?: number } = {},
): LogSegmentWriter {
  const { frameBytes = 4096, budgetBytes = 64 * 1024 } = sizes;
  return new LogSegmentWriter({ storage, key, frameBytes, budgetBytes, roomAgain: () => {} });
}

/** Ends a segment where `scan` stands, and gives its index as it is read. */
export async function endSegment(storage: Storage, writer: LogSegmentWriter, scan: LogScan): Promise<LogIndex> {
  const outside: SummaryOutside = {
    stream: { id: 's', cluster: { id: 'c', name: 'c' }, node: 'n' },
    ...{ sequence: 0, piece: null, follows: 'nothing', gap: null, clockSkewMs: 0 },
    begin: { file: '', position: '0', gtids: [] },
    end: scan.cursor.place(scan.context()),
  };
  const { stored } = await writer.finish(outside);
  return readLogIndex(storage, writer.key, stored.index);
}

/** What a segment gives back, by file. */
export async function rebuilt(storage: Storage, key: string, index: LogIndex): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer[]>();
  for await (const { file, bytes } of rebuildLog(storage, key, index))
    files.set(file, [...(files.get(file) ?? []), bytes]);
  return new Map([...files].map(([file, pieces]) => [file, Buffer.concat(pieces)]));
}
