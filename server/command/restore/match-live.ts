import { TidemarkError } from '#server/base/error.ts';
import type { MysqlConnection } from '#server/engine/mysql/connection.ts';
import { quoteTable, type TableAt } from '#server/engine/mysql/foreign-keys.ts';
import { liveMark, readLive } from './in-place.ts';
import type { PublishPiece } from './publish-record.ts';

/**
 * The last look at a live table, right before the swap: it must be what the staged one was made for, and numbers that it
 * has given out meanwhile are not given out again. Errors: `restore/plan-stale`.
 */
export async function matchLive(session: MysqlConnection, piece: PublishPiece): Promise<void> {
  const { target, scratch, node } = piece;
  if (piece.kept === null) return;
  const live = await readLive(session, target);
  const shown = `${target.database}.${target.table} on ${node}`;
  const stale = (why: string) =>
    new TidemarkError('restore/plan-stale', why, { context: { node, planned: piece.live, found: liveMark(live) } });
  if (live.children.length > 0) throw stale(`foreign keys now refer to ${shown}: ${live.children.join(', ')}`);
  if (liveMark(live) !== piece.live)
    throw stale(`columns, foreign keys or triggers of ${shown} have changed meanwhile`);
  const next = await nextNumber(session, scratch);
  const given = live.definition.autoIncrement;
  if (next === null || given === null || BigInt(given) <= next) return;
  await session.execute(`ALTER TABLE ${quoteTable(scratch)} AUTO_INCREMENT = ${BigInt(given)}`);
}

async function nextNumber(session: MysqlConnection, at: TableAt): Promise<bigint | null> {
  const [row] = await session.query(
    'SELECT AUTO_INCREMENT AS next FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [at.database, at.table],
  );
  return row?.next == null ? null : BigInt(String(row.next));
}
