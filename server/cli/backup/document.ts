import type { Outputs } from '../console.ts';

export type BackupView = Outputs['backup']['show'];

/** What scripts get to see of a backup. `at`: the instant it restores to. `damaged`: objects, null when never verified. */
export function backupDocument(view: BackupView) {
  const { id, method, at, startedAt, finishedAt, rows, rawBytes, storedBytes, verifiedAt, verifyResult } = view;
  return {
    id,
    cluster: view.clusterName,
    kind: view.clusterKind,
    destination: view.destinationName,
    method,
    at,
    startedAt,
    finishedAt,
    tables: view.tableCount,
    failedTables: view.failedCount,
    rows,
    rawBytes,
    storedBytes,
    cutProven: view.cutProven,
    cutReason: view.cutReason,
    verifiedAt,
    damaged: verifyResult === null ? null : verifyResult.damaged.length,
    removedAt: view.removedAt,
    jobId: view.jobId,
  };
}

/** `sound`, `2 damaged`, or nothing when it was never verified. */
export function verifiedText({ verifyResult }: BackupView): string | null {
  if (verifyResult === null) return null;
  return verifyResult.damaged.length === 0 ? 'sound' : `${verifyResult.damaged.length} damaged`;
}
