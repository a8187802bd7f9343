import type { Gentleness } from '#server/contract/backup.ts';
import type { TableOutcome } from '#server/contract/job.ts';
import type { Scope } from '#server/contract/scope.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import type { Manifest } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';

/** What `backup` (backup.ts) takes. `backupId` is one per job, so that a second attempt finds what a first published. */
export interface BackupCommand {
  backupId: string;
  cluster: ClusterAccess;
  storage: Storage;
  scope: Scope;
  /** Connections per storage node, 1 to 32. */
  parallel: number;
  /** Without it: as the defaults say. */
  gentle?: Gentleness;
}

/** `manifest` is null when no table could be taken: then nothing was published. */
export interface BackupResult {
  manifest: Manifest | null;
  tables: TableOutcome[];
}
