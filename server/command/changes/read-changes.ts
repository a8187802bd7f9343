import { hasCode } from '#server/base/error.ts';
import type { TableChanges, UnknownSpan } from '#server/contract/changes.ts';
import { logsPrefix, streamOf } from '#server/manifest/log-keys.ts';
import { readLogStream } from '#server/manifest/log-store.ts';
import type { Storage } from '#server/storage/contract.ts';
import { ChangesCache } from './changes-cache.ts';
import type { PieceName } from './part-changes.ts';
import { readStreamChanges } from './read-stream-changes.ts';
import { type ChangesQuestion, type FoundChanges, tableChanges } from './table-changes.ts';

/** A table is or was there. */
export interface TablePiece extends PieceName {
  readonly node: string;
}

export interface ReadChangesQuestion extends ChangesQuestion {
  readonly clusterId: string;
  readonly pieces: readonly TablePiece[];
}

/**
 * What happened to a table, by the indexes of the log archive of its nodes: those of the segments in the span, and of
 * what is not sealed yet. What of it is missing or damaged is an unknown span with its reason, and hides nothing else.
 * Without `storage` no log of the cluster was ever archived. Errors: those of the destination; `input/invalid` where `after` is no `next` of ours.
 */
export async function readChanges(
  storage: Storage | null,
  question: ReadChangesQuestion,
  options: { cache?: ChangesCache; signal?: AbortSignal } = {},
): Promise<TableChanges> {
  const { cache = new ChangesCache(), signal } = options;
  const { clusterId, fromMs, toMs } = question;
  const pieces = new Map<string, PieceName[]>();
  for (const { node, database, table } of question.pieces) {
    pieces.set(node, [...(pieces.get(node) ?? []), { database, table }]);
  }
  const streams = storage ? await streamsOf(storage, clusterId) : [];
  const nodes: TableChanges['nodes'] = [];
  const unknown: UnknownSpan[] = [];
  const parts: FoundChanges['parts'][number][] = [];
  for (const [node, own] of pieces) {
    const stream = streams.find((one) => one.node === node);
    const asked = { node, pieces: own, fromMs, toMs, cache, signal };
    const read = storage && stream ? await readStreamChanges(storage, { ...stream, ...asked }) : null;
    parts.push(...(read?.parts ?? []).map((part) => ({ ...part, node })));
    unknown.push(...notArchived(asked, read?.archived?.fromMs ?? null), ...(read?.unknown ?? []));
    const [from, until] = [read?.archived?.fromMs, read?.archived?.untilMs].map((ms) => (ms ? instant(ms) : null));
    nodes.push({ node, from: from!, until: until! });
  }
  return tableChanges({ nodes, unknown, parts }, question);
}

/** What lies before the archive. */
function notArchived(asked: { node: string; fromMs: number; toMs: number }, since: number | null): UnknownSpan[] {
  const { node, fromMs, toMs } = asked;
  const log = `the log of node ${node}`;
  if (since === null) return [{ node, from: instant(fromMs), to: instant(toMs), reason: `${log} is not archived` }];
  if (since <= fromMs) return [];
  return [{ node, from: instant(fromMs), to: instant(Math.min(toMs, since)), reason: `${log} was not archived yet` }];
}

const instant = (ms: number) => new Date(ms).toISOString();

/** The streams of a cluster, each with the keys of its objects. */
async function streamsOf(storage: Storage, clusterId: string): Promise<{ id: string; node: string; keys: string[] }[]> {
  const there = new Map<string, string[]>();
  for await (const { key } of storage.list(logsPrefix)) {
    const id = streamOf(key);
    if (id === null) continue;
    const keys = there.get(id);
    if (keys) keys.push(key);
    else there.set(id, [key]);
  }
  const streams: { id: string; node: string; keys: string[] }[] = [];
  for (const [id, keys] of there) {
    try {
      const { cluster, node } = await readLogStream(storage, id);
      if (cluster.id === clusterId) streams.push({ id, node, keys });
    } catch (error) {
      // Without its file a stream has not begun.
      if (!hasCode(error, 'destination/object-missing')) throw error;
    }
  }
  return streams;
}
