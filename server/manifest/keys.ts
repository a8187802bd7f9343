import { createHash } from 'node:crypto';

/** The repository's layout: every key in one place. Ids are lower-case ULIDs, so they are safe as key parts. */
export const repositoryKey = 'repo.json';
export const readmeKey = 'README.txt';
export const backupsPrefix = 'backups/';
export const backupPrefix = (backupId: string) => `backups/${backupId}/`;
export const manifestKey = (backupId: string) => `backups/${backupId}/manifest.json`;
export const intentKey = (backupId: string) => `backups/${backupId}/intent.json`;
export const tableKey = (backupId: string, tableId: string) => `backups/${backupId}/tables/${tableId}.json`;
export const tombstoneKey = (backupId: string) => `tombstones/${backupId}.json`;

/**
 * All segments of one attempt share a folder and a prefix, so that what a dead attempt left can be found by listing
 * one prefix, and an attempt can never write over another's.
 */
export const segmentPrefix = (attemptId: string) =>
  `segments/${createHash('sha256').update(attemptId).digest('hex').slice(0, 2)}/${attemptId}-`;
export const segmentKey = (attemptId: string, ordinal: number) =>
  `${segmentPrefix(attemptId)}${String(ordinal).padStart(6, '0')}.seg`;
/** Table files are named by attempt too, for the same reason. */
export const tableIdOf = (attemptId: string, ordinal: number) => `${attemptId}-${String(ordinal).padStart(6, '0')}`;
