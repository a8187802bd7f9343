import { z } from 'zod';
import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { role } from '#server/contract/role.ts';
import { announce } from '#server/db/announce.ts';
import { isUniqueViolation } from '#server/db/client.ts';
import { addPerson, isUserName, oneTimePassword } from './person.ts';

export const createPersonInput = z.object({
  username: z.string().toLowerCase().refine(isUserName, 'use 1 to 63 of a-z, 0-9, ".", "-" and "_"'),
  name: z.string().min(1).max(200),
  email: z.email().optional(),
  role,
});

/** Answers a one-time password, which is shown to the admin once and kept nowhere. Errors: `conflict/name-taken`. */
export async function createPerson(
  context: Context,
  given: z.input<typeof createPersonInput>,
): Promise<{ userId: string; password: string }> {
  const input = createPersonInput.parse(given);
  const password = oneTimePassword();
  try {
    return await context.db.$transaction(async (rows) => {
      const userId = await addPerson(rows, { ...input, password, mustChangePassword: true });
      await recordAudit(rows, context, {
        action: 'person.create',
        subject: input.username,
        detail: { role: input.role },
      });
      await announce(rows, { about: 'person', id: userId });
      return { userId, password };
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new TidemarkError('conflict/name-taken', `the user name ${input.username} or the address is taken`);
  }
}
