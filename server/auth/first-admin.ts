import { systemActor } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import type { Clock } from '#server/base/clock.ts';
import type { Database } from '#server/db/client.ts';
import { addPerson, oneTimePassword } from './person.ts';

/** Only one of several starters at once makes the first admin. Any number that nothing else of ours uses. */
const lockNumber = 7_021_411;

/**
 * Makes the person `admin` when there is nobody at all, and answers the password: it exists in this answer and nowhere
 * else. null when there is somebody already.
 */
export async function ensureFirstAdmin(context: {
  db: Database;
  clock: Clock;
}): Promise<{ username: string; password: string } | null> {
  return context.db.$transaction(async (rows) => {
    await rows.$executeRaw`SELECT pg_advisory_xact_lock(${lockNumber})`;
    if ((await rows.user.count()) > 0) return null;
    const username = 'admin';
    const password = oneTimePassword();
    await addPerson(rows, { username, name: 'Admin', role: 'admin', password, mustChangePassword: true });
    await recordAudit(
      rows,
      { ...context, actor: systemActor },
      { action: 'person.create', subject: username, detail: { role: 'admin', reason: 'first start' } },
    );
    return { username, password };
  });
}
