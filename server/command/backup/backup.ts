import { throwIfStopped } from '#server/base/abort.ts';
import { asTidemarkError, hasCode, TidemarkError } from '#server/base/error.ts';
import { type TakenCut, takeCut } from '#server/engine/mysql/cut.ts';
import { type Located, locateTables } from '#server/engine/topology/locate.ts';
import { openRepository } from '#server/manifest/repository.ts';
import { type Manifest, manifestFormat } from '#server/manifest/schema.ts';
import { writeIntent } from '#server/manifest/write-intent.ts';
import type { Attempt } from '../attempt.ts';
import { buildManifest } from './build-manifest.ts';
import type { BackupCommand, BackupResult } from './command.ts';
import { dumpTables } from './dump-tables.ts';
import { keepNamed, removeAll, removeUnnamed } from './leftovers.ts';
import { outcomesOf, outcomesOfPublished } from './outcome.ts';
import { findPublished, publishBackup } from './publish-backup.ts';
import { readDefinitions } from './read-definitions.ts';
import { readObjects } from './read-objects.ts';
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
  try {
    await writeIntent(storage, {
      format: manifestFormat,
      id: backupId,
      cluster: command.cluster.name,
      startedAt: startedAt.toISOString(),
      writer: attempt.attemptId,
    });
    return await make(attempt, command, { repositoryId: repository.id, startedAt });
  } catch (thrown) {
    const error = asTidemarkError(thrown);
    await tidyUp(attempt, command, error);
    throw error;
  }
}

interface Beginning {
  repositoryId: string;
  startedAt: Date;
}

async function make(attempt: Attempt, command: BackupCommand, beginning: Beginning): Promise<BackupResult> {
  const { cluster, scope } = command;
  const { stop, abandon } = attempt.cancellation;
  const located = await locateTables(cluster, { scope, signal: stop });
  const tables = begin(attempt, located);
  const { computingVersion } = await readDefinitions(attempt, cluster, located, tables);
  if (tables.every((table) => table.error !== null)) return nothingTaken(attempt, command, tables);
  throwIfStopped(stop);
  await endEarlierSessions(attempt, located.nodes);
  const nodes = [...located.nodes].map(([name, access]) => ({ name, access }));
  const taken = await takeCut(nodes, { connectionsPerNode: command.parallel, stop, abandon, clock: attempt.clock });
  try {
    await noteSessions(attempt, taken);
    tellCut(attempt, taken);
    return await makeFromCut(attempt, command, { ...beginning, taken, tables, computingVersion });
  } finally {
    await taken.close();
  }
}

async function makeFromCut(
  attempt: Attempt,
  command: BackupCommand,
  work: Beginning & { taken: TakenCut; tables: TableWork[]; computingVersion: string | null },
): Promise<BackupResult> {
  const { storage, backupId, cluster, scope } = command;
  const { taken, tables } = work;
  const { stop } = attempt.cancellation;
  const writer = new TableWriter(attempt, storage, backupId, tables);
  const dump = await dumpTables(attempt, storage, taken, tables, writer);
  const objects = await readObjects(cluster, scope, tables, stop);
  const written = writer.finish(dump);
  if (written.size === 0) return nothingTaken(attempt, command, tables);
  const segments = await keepNamed(storage, dump.segments, writer.named);
  const finishedAt = attempt.clock.now();
  const { longestLockWaitMs } = dump;
  const manifest = buildManifest({
    ...work,
    ...{ backupId, cluster, finishedAt, written, objects, segments, longestLockWaitMs },
  });
  throwIfStopped(stop);
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
  attempt.event('info', `${located.tables.length} tables on ${located.nodes.size} storage nodes`);
  return located.tables.map((table) => {
    const work = tableWork(table);
    if (table.unanswered) work.error = table.unanswered;
    else if (table.problem !== null) work.error = new TidemarkError('table/unsupported', table.problem);
    return work;
  });
}

function tellCut(attempt: Attempt, { cut }: TakenCut): void {
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
