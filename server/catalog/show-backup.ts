import type { Context } from '#server/audit/context.ts';
import { TidemarkError } from '#server/base/error.ts';
import { containing } from '#server/db/containing.ts';
import { type BackupView, backupViewOf } from './list-backups.ts';

/** Errors: `backup/not-found`. One that was removed is shown as such. */
export async function showBackup({ db }: Pick<Context, 'db'>, input: { backupId: string }): Promise<BackupView> {
  const row = await db.backup.findUnique({
    where: { id: input.backupId },
    include: { destination: { select: { name: true } } },
  });
  if (!row) throw new TidemarkError('backup/not-found', `there is no backup ${input.backupId}`);
  return backupViewOf(row);
}

export interface BackupTableView {
  name: string;
  tableId: string;
  rows: bigint;
  rawBytes: bigint;
  storedBytes: bigint;
  fragments: number;
}

/** Tables of a backup by name; `after` is the name of the last one of the page before. */
export async function listBackupTables(
  { db }: Pick<Context, 'db'>,
  input: { backupId: string; text?: string; after?: string; limit?: number },
): Promise<{ tables: BackupTableView[]; next: string | null }> {
  const limit = Math.min(input.limit ?? 200, 1_000);
  const rows = await db.backupTable.findMany({
    where: {
      backupId: input.backupId,
      name: {
        ...(input.after !== undefined && { gt: input.after }),
        ...(input.text && { ...containing(input.text), mode: 'insensitive' as const }),
      },
    },
    orderBy: { name: 'asc' },
    take: limit + 1,
  });
  const tables = rows.slice(0, limit).map(({ backupId: _, ...row }) => row);
  return { tables, next: rows.length > limit ? tables.at(-1)!.name : null };
}
