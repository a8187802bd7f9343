import { asTidemarkError, hasCode, TidemarkError } from '#server/base/error.ts';
import { tableBytes } from '#server/engine/mysql/catalog.ts';
import type { TableAt } from '#server/engine/mysql/foreign-keys.ts';
import type { KeptCopy } from './command.ts';
import type { RestoreContext } from './context.ts';
import { patiently } from './patience.ts';
import { hidePiece } from './publish-piece.ts';
import { type PublishRecord, saveRecord } from './publish-record.ts';

/**
 * Takes back what of one table is visible, however far it came; also what an earlier attempt began to take back. Restored
 * tables that were in the place of a live one are kept, because rows may have been written to them: they are listed in
 * `context.undone`. Answers with `why`, which then says where they lie. Errors: `job/lease-lost`;
 * `restore/half-published` when a node, or the journal, does not come back in time.
 */
export async function undoPublishing(
  context: RestoreContext,
  index: number,
  record: PublishRecord,
  why: TidemarkError,
): Promise<TidemarkError> {
  const { attempt } = context;
  const between = (error: unknown) =>
    hasCode(error, 'job/lease-lost') ? error : halfPublished(record, why, asTidemarkError(error));
  // Written first: whoever comes after us must not take a piece that was put back for one that is still to be shown.
  await patiently(attempt, () => saveRecord(attempt, index, { ...record, state: 'undoing' })).catch(
    (error: unknown) => {
      throw between(error);
    },
  );
  const pieces: KeptCopy['pieces'] = [];
  for (const piece of [...record.pieces].reverse()) {
    const hidden = await patiently(
      attempt,
      () => hidePiece(context, piece),
      ({ retryable }) => retryable,
    ).catch((error: unknown) => {
      throw between(error);
    });
    const { node, target } = piece;
    if (hidden) pieces.push({ node, database: hidden.database, live: target.table, kept: hidden.table });
  }
  const { undoneAs, outcome } = record;
  const copies = [...record.undone];
  if (pieces.length > 0 && undoneAs !== null) {
    copies.push({
      table: outcome.target ?? outcome.source,
      keptAs: undoneAs,
      bytes: await bytesOf(context, pieces),
      pieces,
    });
  }
  if (copies.length > 0) context.undone.set(index, copies);
  await patiently(attempt, () => saveRecord(attempt, index, { ...record, state: 'undone', undone: copies })).catch(
    (error: unknown) => {
      if (hasCode(error, 'job/lease-lost')) throw error;
      attempt.log.warn('that a publication was undone could not be written down', { error });
    },
  );
  if (pieces.length === 0) return why;
  const { code, message, hint } = why;
  return new TidemarkError(code, `${message}; the live table is back, ${keptRows(copies)}`, { hint, cause: why });
}

/** Where rows lie that were written to restored tables before those gave their place back, in words. */
export function keptRows(copies: readonly KeptCopy[]): string {
  const places = copies.flatMap(({ pieces }) => pieces.map((at) => `${at.database}.${at.kept} on ${at.node}`));
  return `rows written to the restored one meanwhile lie in ${places.join(', ')}`;
}

/** For the list only: a node that cannot tell holds nothing up. */
async function bytesOf({ world }: RestoreContext, pieces: KeptCopy['pieces']): Promise<number> {
  let bytes = 0;
  for (const { node, database, kept } of pieces) {
    const at: TableAt = { database, table: kept };
    bytes += await world.session(node).then(
      (session) => tableBytes(session, at).catch(() => 0),
      () => 0,
    );
  }
  return bytes;
}

export function halfPublished(record: PublishRecord, why: unknown, error: TidemarkError): TidemarkError {
  const lies = record.pieces.map(
    ({ node, scratch, target, kept }) =>
      `${node}: ${target.database}.${target.table}${kept ? ` (live table perhaps as ${kept.table})` : ''}, else ${scratch.database}.${scratch.table}`,
  );
  return new TidemarkError(
    'restore/half-published',
    `${record.outcome.target} is between two states (${asTidemarkError(why).message}; ${error.message}); look at ${lies.join('; ')}`,
    {
      cause: error,
      context: { pieces: record.pieces.map(({ node, scratch, target, kept }) => ({ node, scratch, target, kept })) },
    },
  );
}
