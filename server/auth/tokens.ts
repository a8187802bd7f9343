import { createHash, randomBytes } from 'node:crypto';
import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { atLeast, type Role } from '#server/contract/role.ts';
import { newId } from '#server/db/new-id.ts';

export interface TokenView {
  id: string;
  name: string;
  /** Whose it is; null for the token of the console's own machine. */
  person: string | null;
  role: Role;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
}

export const newToken = (): string => `tm_${randomBytes(32).toString('base64url')}`;
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');

/** For the person who asks, with at most that person's role. The token is in this answer and nowhere else. */
export async function createToken(
  context: Context,
  input: { name: string; role: Role; expiresAt?: Date | null },
): Promise<{ id: string; token: string }> {
  const { actor } = context;
  if (actor.kind !== 'person' || actor.id === null) {
    throw new TidemarkError('auth/forbidden', 'a token is made by a person', { hint: 'Sign in to the console.' });
  }
  if (!atLeast(actor.role, input.role)) {
    throw new TidemarkError('auth/forbidden', `a ${actor.role} cannot make a token for the role ${input.role}`);
  }
  const token = newToken();
  const id = newId();
  await context.db.$transaction(async (rows) => {
    await rows.apiToken.create({
      data: {
        id,
        hash: tokenHash(token),
        name: input.name,
        userId: actor.id,
        role: input.role,
        createdAt: context.clock.now(),
        expiresAt: input.expiresAt ?? null,
      },
    });
    await recordAudit(rows, context, { action: 'token.create', subject: input.name, detail: { role: input.role } });
  });
  return { id, token };
}

/** One's own; an admin anybody's. Errors: `not-found`. */
export async function revokeToken(context: Context, input: { tokenId: string }): Promise<void> {
  await context.db.$transaction(async (rows) => {
    const token = await rows.apiToken.findUnique({ where: { id: input.tokenId } });
    if (!token || (token.userId !== context.actor.id && context.actor.role !== 'admin')) {
      throw new TidemarkError('not-found', 'there is no such token');
    }
    await rows.apiToken.delete({ where: { id: input.tokenId } });
    await recordAudit(rows, context, { action: 'token.revoke', subject: token.name });
  });
}

/** One's own; an admin's list holds everybody's. */
export async function listTokens({ db, actor }: Pick<Context, 'db' | 'actor'>): Promise<TokenView[]> {
  const rows = await db.apiToken.findMany({
    where: actor.role === 'admin' ? {} : { userId: actor.id ?? '' },
    orderBy: { id: 'desc' },
    include: { user: { select: { username: true } } },
  });
  return rows.map(({ hash: _, userId: __, user, ...row }) => ({
    ...row,
    person: user?.username ?? null,
    role: row.role as Role,
  }));
}
