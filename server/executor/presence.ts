import { hostname } from 'node:os';
import { pause } from '#server/base/abort.ts';
import type { Logger } from '#server/base/log.ts';
import { announce } from '#server/db/announce.ts';
import type { Database } from '#server/db/client.ts';
import { newId } from '#server/db/new-id.ts';

/** A row that says: this executor is here. For screens only; no decision about a job rests on it. */
const sayEveryMs = 5_000;
const forgetAfterMs = 7 * 86_400_000;

/** Answers what ends it, with the row saying so. */
export async function announcePresence(
  db: Database,
  log: Logger,
  name: string,
  version: string,
): Promise<() => Promise<void>> {
  const id = newId();
  const row = { id, name, machine: hostname(), pid: process.pid, version };
  await db.executor.create({ data: row });
  await db.executor.deleteMany({ where: { heartbeatAt: { lt: new Date(Date.now() - forgetAfterMs) } } });
  await announce(db, { about: 'executor', id });
  const ended = new AbortController();
  const saying = (async () => {
    for (;;) {
      await pause(sayEveryMs, ended.signal);
      if (ended.signal.aborted) return;
      await db.$executeRaw`UPDATE executor SET heartbeat_at = clock_timestamp() WHERE id = ${id}`.catch(
        (error: unknown) => log.warn('could not say that this executor is here', { error }),
      );
    }
  })();
  return async () => {
    ended.abort();
    await saying;
    await db.executor.updateMany({ where: { id }, data: { stoppedAt: new Date() } }).catch(() => {});
    await announce(db, { about: 'executor', id }).catch(() => {});
  };
}
