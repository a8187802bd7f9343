import type { Actor } from '#server/audit/context.ts';
import type { Clock } from '#server/base/clock.ts';
import { atLeast, type Role } from '#server/contract/role.ts';
import type { Database } from '#server/db/client.ts';
import type { Auth } from './auth.ts';
import { tokenHash } from './tokens.ts';

export interface Caller {
  actor: Actor;
  /** The session's own token, for verbs that spare it; null where a token was sent. */
  session: string | null;
  mustChangePassword: boolean;
}

/** When a token was used is noted this often: not one write for every request. */
const usedEveryMs = 60_000;

/**
 * Who sends a request: `Authorization: Bearer <token>` first, else the session cookie; null for nobody. Roles are read
 * from rows every time, so that a change counts at once.
 */
export async function whoIs(
  context: { db: Database; clock: Clock; auth: Auth },
  headers: Headers,
): Promise<Caller | null> {
  const bearer = sentToken(headers);
  if (bearer !== null) return byToken(context, bearer);
  const found = await context.auth.api.getSession({ headers });
  if (!found) return null;
  const person = await context.db.user.findUnique({ where: { id: found.user.id } });
  if (!person || person.banned) return null;
  return {
    actor: { kind: 'person', id: person.id, name: person.username, role: person.role as Role },
    session: found.session.token,
    mustChangePassword: person.mustChangePassword,
  };
}

/** As it was sent; nobody knows yet whether it opens anything. */
export function sentToken(headers: Headers): string | null {
  return /^Bearer\s+(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1] ?? null;
}

/** The role of a token is the lesser of its own and its person's. */
async function byToken({ db, clock }: { db: Database; clock: Clock }, token: string): Promise<Caller | null> {
  const row = await db.apiToken.findUnique({
    where: { hash: tokenHash(token) },
    include: { user: { select: { username: true, role: true, banned: true } } },
  });
  const now = clock.now();
  if (!row || row.user?.banned || (row.expiresAt && row.expiresAt <= now)) return null;
  if (!row.lastUsedAt || now.getTime() - row.lastUsedAt.getTime() > usedEveryMs) {
    await db.apiToken.updateMany({ where: { id: row.id }, data: { lastUsedAt: now } });
  }
  const own = row.role as Role;
  const persons = (row.user?.role ?? own) as Role;
  return {
    actor: {
      kind: 'token',
      id: row.userId,
      name: row.user ? `${row.user.username} (${row.name})` : row.name,
      role: atLeast(persons, own) ? own : persons,
    },
    session: null,
    mustChangePassword: false,
  };
}
