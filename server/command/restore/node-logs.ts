import { readLogIndex } from '#server/engine/mysql/log-archive/read-index.ts';
import type { NodeLog } from '#server/engine/mysql/log-cut/log-cut.ts';
import type { LogSpot } from '#server/engine/mysql/log-cut/log-spot.ts';
import type { LogObject } from '#server/engine/mysql/table-log/log-object.ts';
import { logPieceKey } from '#server/manifest/log-keys.ts';
import { readLogSeal } from '#server/manifest/log-store.ts';
import type { FragmentFile, Manifest } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import { eachAtOnce } from '../coverage/each-at-once.ts';
import type { NodePoint } from '../coverage/locate-point.ts';
import { type LogPart, logPoint } from '../coverage/log-part.ts';
import { type LogRun, runsHolding, runsOf } from '../coverage/log-runs.ts';
import type { CoveragePlace } from '../coverage/read-coverage.ts';
import { readStreams } from '../coverage/read-streams.ts';
import { againWhenSealed } from './when-sealed.ts';

/** Where the log archive of a cluster may lie, and what is known of it. */
export interface LogSource {
  readonly clusterId: string;
  readonly places: readonly CoveragePlace[];
  /** By stream: everything committed by then was archived before this was asked. */
  readonly archivedUntil: ReadonlyMap<string, Date>;
}

/** A fragment's place in a node's log, as the backup says it. A fragment of the backup is one. */
export type FragmentPlace = Pick<FragmentFile, 'node' | 'position' | 'ownSnapshot'>;

/** The logs behind a backup, one for each node it was taken of and each that an archive holds. */
export interface NodeLogs {
  readonly logs: readonly NodeLog[];
  /** Where the rows of a fragment stand; null: its node's log is not there from that place on. */
  spotOf(fragment: FragmentPlace): LogSpot | null;
}

/** A run of a stream, with where its objects lie. */
interface StoredRun {
  readonly run: LogRun;
  readonly storage: Storage;
  readonly streamId: string;
}

/**
 * Finds, from seals and indexes, the archived log of every node from where the backup's rows stand in it. `fragments`:
 * those whose rows are wanted. Errors: those of the destinations; `destination/object-missing` when an archive goes on
 * removing what it seals faster than it is read.
 */
export function readNodeLogs(
  source: LogSource,
  manifest: Manifest,
  fragments: readonly FragmentPlace[],
): Promise<NodeLogs> {
  return againWhenSealed(() => readOnce(source, manifest, fragments));
}

async function readOnce(source: LogSource, manifest: Manifest, fragments: readonly FragmentPlace[]): Promise<NodeLogs> {
  const runs = await readRuns(source);
  const spots = new Map<string, LogSpot | null>();
  const logs: NodeLog[] = [];
  for (const node of nodesOf(manifest, runs)) {
    const ofNode = runs.filter(({ run }) => run.node === node);
    const own = cutPointOf(manifest, node);
    const wanted = fragments.filter((one) => one.node === node).map(pointOf(manifest));
    const points = unique([...(own ? [own] : []), ...wanted]);
    const chosen = runFor(ofNode, points);
    for (const point of points) spots.set(keyOf(point), chosen && spotIn(chosen, point));
    const log = await nodeLog(node, chosen, { own, points }, manifest);
    // Of a node without rows that are wanted only the decisions count.
    logs.push(wanted.length > 0 ? log : { ...log, bases: [] });
  }
  return { logs, spotOf: (fragment) => spots.get(keyOf(pointOf(manifest)(fragment))) ?? null };
}

async function readRuns(source: LogSource): Promise<StoredRun[]> {
  const runs: StoredRun[] = [];
  for (const place of source.places) {
    for (const stream of await readStreams(place, source)) {
      runs.push(...runsOf(stream).map((run) => ({ run, storage: place.storage, streamId: stream.id })));
    }
  }
  return runs;
}

function nodesOf(manifest: Manifest, runs: readonly StoredRun[]): Set<string> {
  // Those of the cut keep rows; a computing node, which the manifest names too, has no log that decides anything.
  const named = manifest.cut.nodes.map(({ node }) => node);
  return new Set([...named, ...runs.map(({ run }) => run.node)].sort());
}

type At = NodePoint & { readonly position: FragmentFile['position'] };

const keyOf = ({ node, position }: Pick<At, 'node' | 'position'>) =>
  JSON.stringify([node, position.file, position.offset]);

function unique(points: readonly At[]): At[] {
  return [...new Map(points.map((point) => [keyOf(point), point])).values()];
}

function cutPointOf(manifest: Manifest, node: string): At | null {
  const found = manifest.cut.nodes.find((one) => one.node === node);
  return found ? pointOf(manifest)({ node, position: found.position, ownSnapshot: false }) : null;
}

const pointOf =
  (manifest: Manifest) =>
  ({ node, position, ownSnapshot }: FragmentPlace): At => {
    const atMs = Date.parse(manifest.cut.at);
    const known = manifest.cut.nodes.find((one) => one.node === node);
    return {
      ...{ node, position, atMs, point: logPoint(position, position.gtid.split(',')) },
      latestMs: ownSnapshot ? Date.parse(manifest.finishedAt) : atMs,
      server: known ? { id: known.serverId, uuid: known.serverUuid } : null,
    };
  };

/** One run that holds all of them, and of several the one that goes furthest; without any, the one that goes furthest. */
function runFor(runs: readonly StoredRun[], points: readonly At[]): StoredRun | null {
  const all = runs.map(({ run }) => run);
  const holding = runs.filter(({ run }) =>
    points.every((point) => runsHolding(all, point).some((held) => held.run === run)),
  );
  return holding.reduce<StoredRun | null>(
    (best, one) => (best && best.run.edgeMs >= one.run.edgeMs ? best : one),
    null,
  );
}

function spotIn({ run }: StoredRun, point: At): LogSpot | null {
  const index = indexOf(run, point);
  if (index === null) return null;
  const { sequence, server } = run.parts[index]!;
  // Only the server's own files can be compared with what the backup says.
  if (point.server !== null && point.server.id !== server.id) return null;
  return { sequence, file: point.position.file, position: Number(point.position.offset) };
}

const indexOf = (run: LogRun, point: NodePoint) => runsHolding([run], point)[0]?.index ?? null;

async function nodeLog(
  node: string,
  chosen: StoredRun | null,
  { own, points }: { own: At | null; points: readonly At[] },
  manifest: Manifest,
): Promise<NodeLog> {
  const prepared = manifest.cut.nodes.find((one) => one.node === node)?.preparedXids ?? [];
  if (!chosen) {
    const ends = points.length > 0 ? `the log of node ${node} is not archived from the backup on` : notArchived(node);
    return { node, log: [], bases: [], prepared: [], untilMs: null, ends };
  }
  const { run } = chosen;
  const bases = points.map((point) => spotIn(chosen, point));
  const known = bases.filter((spot) => spot !== null);
  const indexes = points.map((point) => indexOf(run, point)).filter((index) => index !== null);
  // What was prepared at the cut on any node lies before it, nobody knows how far, and may have been decided on this one.
  const isOpen = manifest.cut.nodes.some(({ preparedXids }) => preparedXids.length > 0);
  const from = isOpen ? 0 : own === null ? firstPartFrom(run, Date.parse(manifest.cut.at)) : Math.min(...indexes);
  const log = await eachAtOnce(run.parts.slice(from), (part) => objectOf(chosen, part));
  const until = new Date(run.edgeMs).toISOString();
  const ends = run.ends ?? `the log of node ${node} is archived up to ${until}, and not yet beyond`;
  return { node, log, bases: known, prepared, untilMs: run.edgeMs, ends };
}

/** Clocks of executors and servers may differ by so much and are still believed. */
const clockDoubtMs = 60_000;

function firstPartFrom({ parts }: LogRun, atMs: number): number {
  const first = parts.findIndex(({ committedMs }) => committedMs >= atMs - clockDoubtMs);
  return first < 0 ? parts.length : first;
}

const notArchived = (node: string) => `the log of node ${node} is not archived`;

async function objectOf({ storage, streamId }: StoredRun, { sequence, piece }: LogPart): Promise<LogObject> {
  if (piece !== null) {
    const key = logPieceKey(streamId, sequence, piece);
    return { storage, key, index: await readLogIndex(storage, key) };
  }
  const { seal } = await readLogSeal(storage, streamId, sequence);
  const { key, index } = seal.segment;
  return { storage, key, index: await readLogIndex(storage, key, index) };
}
