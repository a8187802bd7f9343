import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { announce } from '#server/db/announce.ts';
import { refuseLastAdmin } from './person.ts';

/** Ends sessions and tokens too; what the person did stays in the audit log. Errors: `not-found`, `auth/last-admin`. */
export async function removePerson(context: Context, input: { userId: string }): Promise<void> {
  await context.db.$transaction(async (rows) => {
    await refuseLastAdmin(rows, input.userId);
    const person = await rows.user.findUnique({ where: { id: input.userId } });
    if (!person) throw new TidemarkError('not-found', 'there is no such person');
    await rows.user.delete({ where: { id: input.userId } });
    await recordAudit(rows, context, { action: 'person.remove', subject: person.username });
    await announce(rows, { about: 'person', id: input.userId });
  });
}
