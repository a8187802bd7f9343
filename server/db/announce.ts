import type { Rows } from './client.ts';
import { type Change, changeChannel } from './listen.ts';

/** Tells every process that listens; inside a transaction it is told when that commits, and never when it does not. */
export async function announce(rows: Rows, change: Exclude<Change, { about: 'resync' }>): Promise<void> {
  await rows.$executeRaw`SELECT pg_notify(${changeChannel}, ${JSON.stringify(change)})`;
}
