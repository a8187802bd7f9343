import type { Context } from '#server/audit/context.ts';
import { announce } from '#server/db/announce.ts';
import { type Rows, toJson } from '#server/db/client.ts';
import { newId } from '#server/db/new-id.ts';

export interface KeptPiece {
  node: string;
  database: string;
  live: string;
  kept: string;
}

export interface KeptView {
  id: string;
  jobId: string;
  clusterId: string;
  table: string;
  keptAs: string;
  bytes: bigint;
  pieces: KeptPiece[];
  createdAt: Date;
  expiresAt: Date;
  droppedAt: Date | null;
}

/** Live tables that an in-place restore set aside, entered together with the end of that restore. */
export async function recordKept(
  rows: Rows,
  kept: { jobId: string; clusterId: string; expiresAt: Date },
  copies: readonly { table: string; keptAs: string; bytes: number; pieces: readonly KeptPiece[] }[],
): Promise<void> {
  for (const { table, keptAs, bytes, pieces } of copies) {
    const key = { jobId: kept.jobId, table, keptAs };
    const id = newId();
    await rows.keptCopy.upsert({
      where: { jobId_table_keptAs: key },
      create: { id, ...kept, table, keptAs, bytes: BigInt(Math.round(bytes)), pieces: toJson(pieces) },
      update: { pieces: toJson(pieces), bytes: BigInt(Math.round(bytes)) },
    });
    await announce(rows, { about: 'kept', id });
  }
}

export async function recordDropped(rows: Rows, keptId: string, at: Date): Promise<void> {
  await rows.keptCopy.updateMany({ where: { id: keptId, droppedAt: null }, data: { droppedAt: at } });
  await announce(rows, { about: 'kept', id: keptId });
}

/** Kept copies that still lie on a cluster, the first to expire first. */
export async function listKept({ db }: Pick<Context, 'db'>, input: { clusterId?: string } = {}): Promise<KeptView[]> {
  const rows = await db.keptCopy.findMany({
    where: { clusterId: input.clusterId, droppedAt: null },
    orderBy: { expiresAt: 'asc' },
  });
  return rows.map((row) => ({ ...row, pieces: row.pieces as unknown as KeptPiece[] }));
}
