import { hasCode, TidemarkError } from '#server/base/error.ts';
import { refuseUncovered } from '#server/contract/nearest-points.ts';
import { parseTransaction, type RestorePoint } from '#server/contract/restore-point.ts';
import { readManifest, readTableFile } from '#server/manifest/read.ts';
import type { Manifest } from '#server/manifest/schema.ts';
import { type CoverageFacts, type TableBackup, tableCoverage } from '../coverage/coverage.ts';
import { type CoveragePlace, readCoverageFacts } from '../coverage/read-coverage.ts';
import { pointCut } from './point-cut.ts';

/** A destination that holds backups, or the log archive, of the cluster. */
export interface BackupPlace extends CoveragePlace {
  readonly destinationId: string;
  readonly destinationName: string;
}

export interface BackupQuestion {
  readonly clusterId: string;
  /** As manifests write them. */
  readonly tables: readonly string[];
  readonly point: Exclude<RestorePoint, { kind: 'backup' }>;
  readonly archivedUntil: ReadonlyMap<string, Date>;
  /** The cluster's name when its log archive is stopped, else null. */
  readonly stoppedArchive: string | null;
  readonly now: Date;
}

export interface ChosenBackup {
  readonly backupId: string;
  readonly place: BackupPlace;
}

interface Candidate extends ChosenBackup {
  readonly backup: TableBackup;
  /** From when on its rows and the log after it give any instant. Milliseconds since 1970. */
  readonly fromMs: number;
  /** It holds every table that is asked for. */
  readonly isWhole: boolean;
}

/**
 * The backup that a restore to a point goes out from: the nearest before it whose log reaches it, with all of the tables if
 * one has them. Errors: `restore/before-earliest`, `restore/in-gap`, `restore/not-archived-yet`,
 * `restore/nothing-recoverable`, each with the nearest instants; `not-found`, `input/invalid` for a transaction or the node
 * before it; those of destinations.
 */
export async function chooseBackup(places: readonly BackupPlace[], question: BackupQuestion): Promise<ChosenBackup> {
  const { point, tables, stoppedArchive, now } = question;
  const { facts, candidates } = await readCandidates(places, question);
  const coverage = tableCoverage(facts);
  const [table] = tables;
  if (candidates.length === 0) refuseUncovered(coverage, table!, now.toISOString());
  if (point.kind === 'before' || point.kind === 'after') {
    refuseUnknownNode(facts, point.transaction);
    return holdingTransaction(places, candidates, question);
  }
  const at = point.kind === 'instant' ? point.at : (coverage.safeUntil ?? now.toISOString());
  // What is wrong with one of several tables is told of that table.
  if (tables.length === 1) refuseUncovered(coverage, table!, at, stoppedArchive);
  const atMs = Date.parse(at);
  const before = candidates.filter(({ fromMs }) => fromMs <= atMs);
  const reaching = before.filter(({ backup }) => reaches({ ...facts, backups: [backup] }, atMs));
  const chosen = reaching[0] ?? before[0];
  if (chosen) return chosen;
  refuseUncovered(coverage, table!, at, stoppedArchive);
  throw new TidemarkError('restore/before-earliest', `no backup holds the tables before ${at}`);
}

const reaches = (facts: CoverageFacts, atMs: number): boolean =>
  tableCoverage(facts).ranges.some(({ from, to }) => Date.parse(from) <= atMs && atMs <= Date.parse(to));

/** Latest first; those without all of the tables behind the others. */
async function readCandidates(
  places: readonly BackupPlace[],
  { clusterId, tables, archivedUntil, now }: BackupQuestion,
): Promise<{ facts: CoverageFacts; candidates: Candidate[] }> {
  const facts = {
    backups: [] as TableBackup[],
    streams: [] as CoverageFacts['streams'][number][],
    nowMs: now.getTime(),
  };
  const candidates: Candidate[] = [];
  for (const place of places) {
    const read = await readCoverageFacts(place, { clusterId, table: tables[0]!, archivedUntil });
    facts.backups.push(...read.backups);
    facts.streams.push(...read.streams);
    for (const backup of read.backups) {
      const { id, cutMs, finishedMs, fragments } = backup;
      const fromMs = fragments.some(({ ownSnapshot }) => ownSnapshot) ? finishedMs : cutMs;
      const isWhole = tables.length === 1 || holdsAll((await readManifest(place.storage, id)).manifest, tables);
      candidates.push({ backupId: id, place, backup, fromMs, isWhole });
    }
  }
  candidates.sort((a, b) => Number(b.isWhole) - Number(a.isWhole) || b.fromMs - a.fromMs);
  return { facts, candidates };
}

function holdsAll({ tables: held }: Manifest, wanted: readonly string[]): boolean {
  const names = new Set(held.map(({ name }) => name));
  return wanted.every((name) => names.has(name));
}

/** The nearest before it: of an earlier one more log would have to be read. */
async function holdingTransaction(
  places: readonly BackupPlace[],
  candidates: readonly Candidate[],
  { clusterId, tables, point, archivedUntil }: BackupQuestion,
): Promise<ChosenBackup> {
  const source = { clusterId, places, archivedUntil };
  let first: unknown;
  for (const candidate of candidates) {
    const { manifest } = await readManifest(candidate.place.storage, candidate.backupId);
    const entry = manifest.tables.find(({ name }) => name === tables[0])!;
    const { fragments } = await readTableFile(candidate.place.storage, manifest.id, entry);
    try {
      await pointCut(source, manifest, fragments, point);
      return candidate;
    } catch (error) {
      if (!isElsewhere(error)) throw error;
      first ??= error;
    }
  }
  throw first;
}

/** Errors: `not-found` where neither a backup nor a log is of the node that a transaction's name begins with. */
function refuseUnknownNode({ backups, streams }: CoverageFacts, transaction: string): void {
  const named = parseTransaction(transaction);
  if (named?.kind !== 'gtid' || named.node === null) return;
  const known = [...backups.flatMap(({ nodes }) => nodes), ...streams].map(({ node }) => node);
  const nodes = [...new Set(known)].sort();
  if (nodes.includes(named.node)) return;
  throw new TidemarkError('not-found', `the cluster has no node ${named.node}, which ${transaction} names`, {
    hint: nodes.length === 1 ? `Its node is ${nodes[0]}.` : `Its nodes are ${nodes.join(', ')}.`,
    context: { node: named.node, nodes },
  });
}

const isElsewhere = (error: unknown) =>
  (
    [
      'not-found',
      'restore/before-earliest',
      'restore/not-archived-yet',
      'restore/log-mismatch',
      'restore/in-gap',
    ] as const
  ).some((code) => hasCode(error, code));
