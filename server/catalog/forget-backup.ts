import { announce } from '#server/db/announce.ts';
import type { Rows } from '#server/db/client.ts';

/** The backup was removed from its destination: the row stays, for history, and no list offers it any more. */
export async function forgetBackup(rows: Rows, backupId: string, at: Date): Promise<void> {
  await rows.backup.updateMany({ where: { id: backupId, removedAt: null }, data: { removedAt: at } });
  await announce(rows, { about: 'backup', id: backupId });
}

/** What a destination no longer holds, after all it does hold was read. */
export async function forgetOthers(
  rows: Rows,
  destinationId: string,
  held: readonly string[],
  at: Date,
): Promise<number> {
  const { count } = await rows.backup.updateMany({
    where: { destinationId, removedAt: null, id: { notIn: [...held] } },
    data: { removedAt: at },
  });
  return count;
}
