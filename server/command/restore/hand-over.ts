import { asTidemarkError } from '#server/base/error.ts';
import { type MysqlConnection, openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { readForeignKeys, readTriggers } from '#server/engine/mysql/definition-keys.ts';
import {
  addForeignKeysStatement,
  dropForeignKeysStatement,
  freshKeyName,
  type TableAt,
} from '#server/engine/mysql/foreign-keys.ts';
import { quoteIdentifier } from '#server/engine/mysql/identifier.ts';
import { openStagingSession } from '#server/engine/mysql/staging.ts';
import { createTriggerStatement, dropTriggerStatement, type Trigger } from '#server/engine/mysql/triggers.ts';
import type { RestoreContext } from './context.ts';
import type { PublishPiece, PublishRecord } from './publish-record.ts';

/**
 * What follows once the rows are visible: in place, keys and triggers go from the kept table to the new one under
 * their own names; beside, triggers are made under new ones. Each step looks at what is there, so it may be run again.
 * A step that the server refuses is told in words and holds up nothing: the rows are where they should be. Errors: a node
 * that does not answer, `job/lease-lost`; then it may be run again.
 */
export async function handOver(context: RestoreContext, record: PublishRecord): Promise<string[]> {
  const notes: string[] = [];
  for (const piece of record.pieces) {
    if (piece.triggers.length === 0 && (piece.kept === null || piece.keys.length === 0)) continue;
    await context.attempt.lease.assertHeld();
    const session = await openMysqlConnection(context.world.node(piece.node).access, {
      signal: context.attempt.cancellation.abandon,
    });
    try {
      await session.execute(`USE ${quoteIdentifier(piece.scratch.database)}`);
      await openStagingSession(session, 'NO_ENGINE_SUBSTITUTION');
      await context.attempt.lease.assertHeld();
      if (piece.kept) await moveKeys(session, piece, piece.kept, notes);
      await moveTriggers(session, piece, record.triggerSuffix, notes);
    } finally {
      await session.close();
    }
  }
  return notes;
}

async function moveKeys(session: MysqlConnection, piece: PublishPiece, kept: TableAt, notes: string[]): Promise<void> {
  await noting(notes, `foreign keys of ${kept.table} could not be dropped`, async () => {
    const old = await readForeignKeys(session, kept.database, kept.table);
    const drop = dropForeignKeysStatement(
      kept,
      old.map((key) => key.name),
    );
    if (drop) await session.execute(drop);
  });
  for (const { key, stagedAs } of piece.keys) {
    await noting(notes, `foreign key ${key.name} of ${piece.target.table} could not get its name back`, async () => {
      const now = await readForeignKeys(session, piece.target.database, piece.target.table);
      if (now.some((candidate) => candidate.name === key.name)) return;
      const add = addForeignKeysStatement(piece.target, piece.target, [key], () => key.name)!;
      const staged = now.some((candidate) => candidate.name === stagedAs);
      // One statement: the table is never without the key.
      await session.execute(staged ? `${add}, DROP FOREIGN KEY ${quoteIdentifier(stagedAs)}` : add);
    });
  }
}

async function moveTriggers(
  session: MysqlConnection,
  { kept, target, triggers }: PublishPiece,
  suffix: string,
  notes: string[],
): Promise<void> {
  for (const trigger of triggers) {
    const name = kept ? trigger.name : freshKeyName(trigger.name, suffix);
    await noting(notes, `trigger ${name} on ${target.table} could not be made`, async () => {
      const now = await readTriggers(session, target.database, target.table);
      if (now.some((candidate) => candidate.name === name)) return;
      await session.execute('SET SESSION sql_mode = ?', [trigger.sqlMode]);
      if (kept) {
        // Made once under another name: a server that refuses it must do so before the old one is dropped.
        const trial = freshKeyName(trigger.name, `${suffix}_trial`);
        await session.execute(dropTriggerStatement(target.database, trial));
        await session.execute(createTriggerStatement(target, trial, trigger));
        await session.execute(dropTriggerStatement(target.database, trial));
        await dropFrom(session, kept, trigger);
      }
      await session.execute(createTriggerStatement(target, name, trigger));
    });
  }
}

async function dropFrom(session: MysqlConnection, kept: TableAt, trigger: Trigger): Promise<void> {
  const there = await readTriggers(session, kept.database, kept.table);
  if (there.some((candidate) => candidate.name === trigger.name)) {
    await session.execute(dropTriggerStatement(kept.database, trigger.name));
  }
}

async function noting(notes: string[], what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, retryable } = asTidemarkError(error);
    if (retryable) throw error;
    notes.push(`${what}: ${message}`);
  }
}
