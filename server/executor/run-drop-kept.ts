import { TidemarkError } from '#server/base/error.ts';
import { type KeptPiece, recordDropped } from '#server/catalog/kept.ts';
import { connectCluster } from './connect.ts';
import type { Runner } from './runner.ts';

export const runDropKept: Runner<'drop-kept'> = async (world, attempt, { keptId, clusterId }) => {
  const { dropKept } = await import('#server/command/restore/drop-kept.ts');
  const row = await world.db.keptCopy.findUnique({ where: { id: keptId } });
  if (!row) throw new TidemarkError('not-found', 'there is no such kept copy', { context: { keptId } });
  const kept = {
    table: row.table,
    keptAs: row.keptAs,
    bytes: Number(row.bytes),
    pieces: row.pieces as unknown as KeptPiece[],
  };
  await dropKept(attempt, { kept, target: await connectCluster(world, clusterId) });
  return {
    state: 'succeeded',
    summary: `${row.keptAs} dropped`,
    commit: (rows) => recordDropped(rows, keptId, world.clock.now()),
  };
};
