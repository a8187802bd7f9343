import { throwIfStopped } from '#server/base/abort.ts';
import { asTidemarkError, hasCode, TidemarkError } from '#server/base/error.ts';
import { type Gentleness, gentleness } from '#server/contract/backup.ts';
import { type TakenCut, takeCut } from '#server/engine/mysql/cut.ts';
import { nodeQuestions } from '#server/engine/mysql/node-questions.ts';
import type { Pace } from '#server/engine/mysql/pace.ts';
import { type Located, locateTables } from '#server/engine/topology/locate.ts';
import { openRepository } from '#server/manifest/repository.ts';
import { type Manifest, manifestFormat } from '#server/manifest/schema.ts';
import { writeIntent } from '#server/manifest/write-intent.ts';
import type { Attempt } from '../attempt.ts';
import { buildManifest } from './build-manifest.ts';
import { chooseSide, replicaName } from './choose-side.ts';
import type { BackupCommand, BackupResult } from './command.ts';
import { KeptNotes } from './kept-notes.ts';
import { keepNamed, removeAll, removeUnnamed } from './leftovers.ts';
import { NodeWatch } from './node-watch.ts';
import { outcomesOf, outcomesOfPublished } from './outcome.ts';
import { paceOf } from './pace-of.ts';
import { findPublished, publishBackup } from './publish-backup.ts';
import { readDefinitions } from './read-definitions.ts';
import { readObjects } from './read-objects.ts';
import { readRows } from './read-rows.ts';
import { type TableWork, tableWork } from './table-work.ts';
import { endEarlierSessions, noteSessions } from './take-over.ts';
import { TableWriter } from './write-tables.ts';

/**
 * Backs tables up as of one instant over all nodes. Promises: until the manifest is written, last and in one piece,
 * there is no backup; a run that finds it published already finishes from it; a table that fails fails alone and is
 * named in the manifest; a failure or a cancel of the whole leaves no object of this backup behind.
 * Errors: what kept the whole from being done (`destination/…`, `node/…`, `backup/no-tables`, `job/…`).
 */
export async function backup(attempt: Attempt, command: BackupCommand): Promise<BackupResult> {
  const { storage, backupId } = command;
  const startedAt = attempt.clock.now();
  const repository = await openRepository(storage, attempt.clock);
  const published = await findPublished(storage, backupId);
  if (published) return finish(attempt, command, published);
  const notes = new KeptNotes(attempt);
  await notes.tellEarlier();
  try {
    await writeIntent(storage, {
      format: manifestFormat,
      id: backupId,
      cluster: command.cluster.name,
      startedAt: startedAt.toISOString(),
      writer: attempt.attemptId,
    });
    return await make(attempt, command, { repositoryId: repository.id, startedAt, notes });
  } catch (thrown) {
    const error = asTidemarkError(thrown);
    await notes.tellEarlyEnd();
    await tidyUp(attempt, command, error);
    throw error;
  }
}

interface Beginning {
  repositoryId: string;
  startedAt: Date;
  notes: KeptNotes;
}

async function make(attempt: Attempt, command: BackupCommand, beginning: Beginning): Promise<BackupResult> {
  const { cluster, scope, gentle = gentleness.parse({}) } = command;
  const { stop, abandon } = attempt.cancellation;
  attempt.step('locate');
  const located = await locateTables(cluster, { scope, signal: stop });
  const tables = begin(attempt, located);
  attempt.step('definition');
  const { computingVersion } = await readDefinitions(attempt, cluster, located, tables);
  if (tables.every((table) => table.error !== null)) return nothingTaken(attempt, command, tables);
  throwIfStopped(stop);
  const nodes = await chooseSide(attempt, cluster, located.nodes, gentle.readFrom);
  const questions = nodeQuestions(new Map(nodes.map(({ name, access }) => [name, access])), stop);
  const watch = new NodeWatch(
    attempt,
    questions,
    nodes.map((node) => ({ name: node.name, replica: replicaName(node) })),
  );
  try {
    attempt.step('cut');
    await endEarlierSessions(attempt, new Map(nodes.map(({ name, access }) => [name, access])));
    await watch.begin();
    const taken = await takeCut(nodes, { connectionsPerNode: command.parallel, stop, abandon, clock: attempt.clock });
    const pace = paceOf(gentle, { questions, waiting: watch, clock: attempt.clock, stop });
    const work = { ...beginning, taken, tables, computingVersion, watch, pace, gentle };
    return await makeFromCut(attempt, command, work).finally(() => taken.close());
  } finally {
    await watch.end();
    await questions.close();
  }
}

interface Work extends Beginning {
  taken: TakenCut;
  tables: TableWork[];
  computingVersion: string | null;
  watch: NodeWatch;
  pace: Pace | undefined;
  gentle: Gentleness;
}

async function makeFromCut(attempt: Attempt, command: BackupCommand, work: Work): Promise<BackupResult> {
  const { storage, backupId, cluster, scope, parallel } = command;
  const { taken, tables, watch, notes } = work;
  const { maxSnapshotAgeMs } = work.gentle;
  await noteSessions(attempt, taken);
  tellCut(attempt, taken);
  notes.expect(tables.filter((table) => table.error === null).length);
  const writer = new TableWriter(attempt, storage, backupId, tables, ({ rows, rawBytes }) =>
    notes.add(BigInt(rows), rawBytes),
  );
  attempt.step('rows');
  let ordinal = 0;
  const read = await readRows({
    ...{ attempt, storage, writer, tables, watch, parallel, maxSnapshotAgeMs },
    first: taken,
    nextOrdinal: () => ordinal++,
    limits: { pace: work.pace, maxSnapshotAgeMs },
  });
  attempt.step('publish');
  const objects = await readObjects(cluster, scope, tables, attempt.cancellation.stop);
  const written = writer.finish();
  if (written.size === 0) return nothingTaken(attempt, command, tables);
  const segments = await keepNamed(storage, read.segments, writer.named);
  const finishedAt = attempt.clock.now();
  const longestWriterWaitMs = Math.max(read.longestHeldMs, read.longestLockWaitMs);
  const manifest = buildManifest({
    ...work,
    ...{ backupId, cluster, finishedAt, written, objects, segments, longestWriterWaitMs },
  });
  throwIfStopped(attempt.cancellation.stop);
  const published = await publishBackup(attempt, storage, manifest);
  return finish(attempt, command, published, published === manifest ? outcomesOf(tables, written) : undefined);
}

/** A published backup stays one, whatever happens to the tidying. */
async function finish(
  attempt: Attempt,
  { storage }: BackupCommand,
  manifest: Manifest,
  known?: BackupResult['tables'],
): Promise<BackupResult> {
  await removeUnnamed(attempt, storage, manifest).catch((error) => attempt.log.warn('could not tidy up', { error }));
  const tables = known ?? (await outcomesOfPublished(storage, manifest));
  tellTables(attempt, tables);
  return { manifest, tables };
}

async function nothingTaken(
  attempt: Attempt,
  { storage, backupId }: BackupCommand,
  work: readonly TableWork[],
): Promise<BackupResult> {
  await removeAll(attempt, storage, backupId, { ownOnly: false });
  const tables = outcomesOf(work, new Map());
  tellTables(attempt, tables);
  return { manifest: null, tables };
}

/**
 * When clean-up ran out of time (`abandon`), the next attempt does it. One that has lost the job takes its own things
 * away even so: the next may have ended already, before this one woke up.
 */
async function tidyUp(attempt: Attempt, { storage, backupId }: BackupCommand, error: TidemarkError): Promise<void> {
  const { stop, abandon } = attempt.cancellation;
  const lost = error.code === 'job/lease-lost' || hasCode(stop.reason, 'job/lease-lost');
  if (abandon.aborted && !lost) return;
  try {
    await removeAll(attempt, storage, backupId, { ownOnly: lost });
  } catch (cause) {
    attempt.log.warn('could not remove what a failed backup left', { backupId, error: cause });
  }
}

function begin(attempt: Attempt, located: Located): TableWork[] {
  attempt.event('info', `${count(located.tables.length, 'table')} on ${count(located.nodes.size, 'storage node')}`);
  return located.tables.map((table) => {
    const work = tableWork(table);
    if (table.unanswered) work.error = table.unanswered;
    else if (table.problem !== null) work.error = new TidemarkError('table/unsupported', table.problem);
    return work;
  });
}

const count = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`;

function tellCut(attempt: Attempt, { cut }: TakenCut): void {
  attempt.writerWaited(cut.heldMs);
  if (cut.proven) attempt.event('info', `one cut at ${cut.at}; commits were held for ${cut.heldMs} ms`);
  else attempt.event('warn', `cut at ${cut.at} not proven: ${cut.reason}`);
}

function tellTables(attempt: Attempt, tables: BackupResult['tables']): void {
  for (const { source, outcome, error, rows, rawBytes } of tables) {
    const state = outcome === 'succeeded' ? 'done' : 'failed';
    const amount = { rowsDone: rows, rowsTotal: rows, bytesDone: rawBytes, bytesTotal: rawBytes };
    attempt.report({ table: source, fragment: null, phase: 'publish', state, ...amount });
    if (error) attempt.event('bad', `${source} was not taken: ${error.message}`);
  }
}
