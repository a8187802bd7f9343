import { announce } from '#server/db/announce.ts';
import { type Rows, toJson } from '#server/db/client.ts';

/** What re-reading a backup found (`VerifyResult` of command/verify/command.ts; row counts become decimal text). */
export async function recordVerify(rows: Rows, backupId: string, result: unknown, at: Date): Promise<void> {
  await rows.backup.updateMany({ where: { id: backupId }, data: { verifiedAt: at, verifyResult: toJson(result) } });
  await announce(rows, { about: 'backup', id: backupId });
}
