import { recordBackup } from '#server/catalog/record-backup.ts';
import { gentleness } from '#server/contract/backup.ts';
import { readManifest } from '#server/manifest/read.ts';
import { connectCluster, openDestination } from './connect.ts';
import { outcomeOfTables, type Runner } from './runner.ts';

/** The backup enters the catalog in the transaction that ends the job, from the manifest as it lies on the destination. */
export const runBackup: Runner<'backup'> = async (world, attempt, { backupId, backup: choice }) => {
  const { backup } = await import('#server/command/backup/backup.ts');
  const cluster = await connectCluster(world, choice.clusterId);
  const { id: destinationId, storage } = await openDestination(world.db, choice.destinationId);
  try {
    const { scope, parallel } = choice;
    const gentle = gentleness.parse(choice);
    const { manifest, tables } = await backup(attempt, { backupId, cluster, storage, scope, parallel, gentle });
    const ending = outcomeOfTables(tables);
    if (manifest === null)
      return { ...ending, state: 'failed', summary: 'no table could be taken; nothing was published' };
    const { manifest: published, sha256 } = await readManifest(storage, backupId);
    const { cut } = published;
    return {
      ...ending,
      result: { backupId, at: cut.at, cutProven: cut.proven, longestWriterWaitMs: published.longestWriterWaitMs },
      summary: `backup ${backupId} published: ${published.tables.length} tables, as of ${cut.at}`,
      commit: (rows) =>
        recordBackup(rows, { manifest: published, manifestSha256: sha256, destinationId, jobId: attempt.jobId }),
    };
  } finally {
    await storage.close();
  }
};
