import { randomBytes } from 'node:crypto';
import { hashPassword } from 'better-auth/crypto';
import { TidemarkError } from '#server/base/error.ts';
import type { Role } from '#server/contract/role.ts';
import type { Rows } from '#server/db/client.ts';
import { newId } from '#server/db/new-id.ts';

export const shortestPassword = 10;
export const longestPassword = 200;

/** Lower-case, so that nobody can be mistaken for another by case. */
export const isUserName = (name: string): boolean => /^[a-z0-9][a-z0-9._-]{0,62}$/.test(name);

/** 120 bits, easy to read out: printed or shown once, to be changed by its owner. */
export const oneTimePassword = (): string => randomBytes(15).toString('base64url');

/** Errors: `input/invalid` naming the bound. */
export function checkPassword(password: string): void {
  if (password.length >= shortestPassword && password.length <= longestPassword) return;
  throw new TidemarkError('input/invalid', `a password has ${shortestPassword} to ${longestPassword} characters`, {
    hint: 'Choose another password.',
    context: { shortest: shortestPassword, longest: longestPassword },
  });
}

/** better-auth's own layout: an account of provider `credential` holds the password. */
export async function addPerson(
  rows: Rows,
  person: { username: string; name: string; email?: string; role: Role; password: string; mustChangePassword: boolean },
): Promise<string> {
  const id = newId();
  await rows.user.create({
    data: {
      id,
      name: person.name,
      username: person.username,
      displayUsername: person.username,
      email: person.email ?? `${person.username}@people.invalid`,
      role: person.role,
      mustChangePassword: person.mustChangePassword,
      accounts: {
        create: {
          id: newId(),
          accountId: id,
          providerId: 'credential',
          password: await hashPassword(person.password),
        },
      },
    },
  });
  return id;
}

/** Ends every session of the person too: whoever knew the old password is out. */
export async function setPassword(
  rows: Rows,
  userId: string,
  password: string,
  options: { mustChange: boolean; keepSession?: string },
): Promise<void> {
  await rows.account.updateMany({
    where: { userId, providerId: 'credential' },
    data: { password: await hashPassword(password) },
  });
  await rows.user.update({ where: { id: userId }, data: { mustChangePassword: options.mustChange } });
  await rows.session.deleteMany({ where: { userId, NOT: options.keepSession ? { token: options.keepSession } : [] } });
}

/**
 * Locks the admins and refuses when `userId` is the only one: somebody must be able to give roles. Errors:
 * `auth/last-admin`.
 */
export async function refuseLastAdmin(rows: Rows, userId: string): Promise<void> {
  const admins = await rows.$queryRaw<{ id: string }[]>`
    SELECT id FROM "user" WHERE role = 'admin' AND NOT banned ORDER BY id FOR UPDATE`;
  if (admins.length === 1 && admins[0]!.id === userId) {
    throw new TidemarkError('auth/last-admin', 'this is the only admin');
  }
}
