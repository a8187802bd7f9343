import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { type Role, role as roleInput } from '#server/contract/role.ts';
import { announce } from '#server/db/announce.ts';
import { refuseLastAdmin } from './person.ts';

/** Tokens of the person never allow more than the person's own role. Errors: `not-found`, `auth/last-admin`. */
export async function setRole(context: Context, input: { userId: string; role: Role }): Promise<void> {
  const role = roleInput.parse(input.role);
  await context.db.$transaction(async (rows) => {
    if (role !== 'admin') await refuseLastAdmin(rows, input.userId);
    const person = await rows.user.findUnique({ where: { id: input.userId } });
    if (!person) throw new TidemarkError('not-found', 'there is no such person');
    await rows.user.update({ where: { id: input.userId }, data: { role } });
    await recordAudit(rows, context, {
      action: 'person.set-role',
      subject: person.username,
      detail: { from: person.role, to: role },
    });
    await announce(rows, { about: 'person', id: input.userId });
  });
}
