import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogObject } from '#server/engine/mysql/table-log/log-object.ts';
import { pieceOf } from '#server/manifest/log-keys.ts';
import { openStorage } from '#server/storage/open.ts';
import type { NodeLogs } from './node-logs.ts';

/** Logs whose objects nobody removes while they are read. */
export interface HeldLogs {
  readonly logs: NodeLogs;
  /** Removes what was copied. */
  close(): Promise<void>;
}

/**
 * Copies the pieces of the tail into a folder of its own below `scratchFolder`: an archive removes them when it seals the
 * segment they become, minutes later, and a restore may read on for hours. Segments stay where they are. A tail is never
 * more than two segments' worth of log. Errors: `destination/object-missing` when a piece has gone already; those of
 * either place.
 */
export async function holdTail(logs: NodeLogs, scratchFolder: string, signal: AbortSignal): Promise<HeldLogs> {
  const path = await mkdtemp(join(scratchFolder, 'log-tail-'));
  const storage = await openStorage({ kind: 'fs', path });
  const close = async () => {
    await storage.close();
    await rm(path, { recursive: true, force: true });
  };
  const hold = async (object: LogObject): Promise<LogObject> => {
    if (pieceOf(object.key) === null) return object;
    await storage.write(object.key, object.storage.read(object.key, undefined, { signal }), { signal });
    return { ...object, storage };
  };
  try {
    const held = [];
    for (const node of logs.logs) {
      const log = [];
      for (const object of node.log) log.push(await hold(object));
      held.push({ ...node, log });
    }
    return { logs: { ...logs, logs: held }, close };
  } catch (error) {
    await close();
    throw error;
  }
}
