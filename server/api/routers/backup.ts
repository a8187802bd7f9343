import { z } from 'zod';
import { listBackups } from '#server/catalog/list-backups.ts';
import { listBackupTables, showBackup } from '#server/catalog/show-backup.ts';
import { backupInput } from '#server/contract/backup.ts';
import { startBackup } from '#server/job/start-backup.ts';
import { startRemoveBackup, startVerify } from '#server/job/start-for-backup.ts';
import { adminProcedure, operatorProcedure, router, viewerProcedure } from '../trpc.ts';

const backupId = z.string();

export const backupRouter = router({
  list: viewerProcedure
    .input(
      z.object({
        clusterId: z.string().optional(),
        destinationId: z.string().optional(),
        table: z.string().optional(),
        text: z.string().max(200).optional(),
        withRemoved: z.boolean().optional(),
        cursor: z.string().nullish(),
        limit: z.number().int().min(1).max(500).default(50),
      }),
    )
    .query(async ({ ctx, input: { cursor, ...filter } }) => {
      const { backups, next } = await listBackups(ctx, { ...filter, after: cursor ?? undefined });
      return { backups, nextCursor: next };
    }),
  show: viewerProcedure.input(z.object({ backupId })).query(({ ctx, input }) => showBackup(ctx, input)),
  tables: viewerProcedure
    .input(
      z.object({
        backupId,
        text: z.string().max(200).optional(),
        cursor: z.string().nullish(),
        limit: z.number().int().min(1).max(1_000).default(200),
      }),
    )
    .query(async ({ ctx, input: { cursor, ...rest } }) => {
      const { tables, next } = await listBackupTables(ctx, { ...rest, after: cursor ?? undefined });
      return { tables, nextCursor: next };
    }),
  run: operatorProcedure.input(backupInput).mutation(({ ctx, input }) => startBackup(ctx, input)),
  verify: operatorProcedure.input(z.object({ backupId })).mutation(({ ctx, input }) => startVerify(ctx, input)),
  remove: adminProcedure.input(z.object({ backupId })).mutation(({ ctx, input }) => startRemoveBackup(ctx, input)),
});
