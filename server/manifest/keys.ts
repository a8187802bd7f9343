import { createHash } from 'node:crypto';

/** The repository's layout: every key in one place. Ids are lower-case ULIDs, so they are safe as key parts. */
export const repositoryKey = 'repo.json';
export const readmeKey = 'README.txt';
/** Beside README.txt where that one is from before format 2. */
export const laterReadmeKey = 'README-2.txt';
export const backupsPrefix = 'backups/';
export const backupPrefix = (backupId: string) => `backups/${backupId}/`;
export const manifestKey = (backupId: string) => `backups/${backupId}/manifest.json`;
export const intentKey = (backupId: string) => `backups/${backupId}/intent.json`;
export const tablesPrefix = (backupId: string) => `backups/${backupId}/tables/`;
export const tableKey = (backupId: string, tableId: string) => `${tablesPrefix(backupId)}${tableId}.json`;
/** The object that holds a table's file: its own, or the pack it lies in. */
export const tableObjectKey = (backupId: string, entry: { id: string; packed?: { key: string } | undefined }) =>
  entry.packed?.key ?? tableKey(backupId, entry.id);
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
export const tablePackKey = (backupId: string, attemptId: string, ordinal: number) =>
  `${tablesPrefix(backupId)}${attemptId}-p${String(ordinal).padStart(6, '0')}.jsonl`;
