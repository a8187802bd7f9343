import { verifyPassword } from 'better-auth/crypto';
import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { checkPassword, oneTimePassword, setPassword } from './person.ts';

/**
 * By an admin: a new one-time password, shown once. Ends the person's sessions and takes away their API tokens: whoever
 * knew the old password may have made one. Errors: `not-found`.
 */
export async function resetPassword(context: Context, input: { userId: string }): Promise<{ password: string }> {
  const password = oneTimePassword();
  await context.db.$transaction(async (rows) => {
    const person = await rows.user.findUnique({ where: { id: input.userId } });
    if (!person) throw new TidemarkError('not-found', 'there is no such person');
    await setPassword(rows, input.userId, password, { mustChange: true });
    const { count: tokens } = await rows.apiToken.deleteMany({ where: { userId: input.userId } });
    await recordAudit(rows, context, {
      action: 'person.reset-password',
      subject: person.username,
      detail: { tokensRevoked: tokens },
    });
  });
  return { password };
}

/**
 * By the person, who says the present password. Ends the person's other sessions; `keepSession` is the token of the one
 * that asks. Errors: `auth/forbidden` when the present password is wrong, `input/invalid` when the new one is too short or the
 * present one again: a one-time password is on somebody's screen.
 */
export async function changeOwnPassword(
  context: Context,
  input: { current: string; next: string; keepSession?: string },
): Promise<void> {
  checkPassword(input.next);
  if (input.next === input.current) {
    throw new TidemarkError('input/invalid', 'the new password is the present one', {
      hint: 'Choose another password.',
    });
  }
  const userId = context.actor.kind === 'person' ? context.actor.id : null;
  const account = await context.db.account.findFirst({ where: { userId: userId ?? '', providerId: 'credential' } });
  if (userId === null || !account?.password) throw new TidemarkError('auth/forbidden', 'only a person has a password');
  if (!(await verifyPassword({ hash: account.password, password: input.current }))) {
    throw new TidemarkError('auth/forbidden', 'the present password is not the one given', { hint: 'Type it again.' });
  }
  await context.db.$transaction(async (rows) => {
    await setPassword(rows, userId, input.next, { mustChange: false, keepSession: input.keepSession });
    await recordAudit(rows, context, { action: 'person.change-password', subject: context.actor.name });
  });
}
