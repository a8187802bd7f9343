import type { Storage } from '#server/storage/contract.ts';

export interface VerifyCommand {
  backupId: string;
  storage: Storage;
}

/** Every object re-read: `damaged` names each one that is missing or does not match its digest, and the tables it hits. */
export interface VerifyResult {
  objects: number;
  bytes: number;
  rows: bigint;
  damaged: { key: string; problem: string; tables: string[] }[];
}
