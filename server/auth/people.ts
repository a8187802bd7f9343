import type { Context } from '#server/audit/context.ts';
import type { Role } from '#server/contract/role.ts';

export interface PersonView {
  id: string;
  username: string;
  name: string;
  email: string | null;
  role: Role;
  mustChangePassword: boolean;
  createdAt: Date;
  lastSeenAt: Date | null;
}

/** Everybody who can sign in, by user name. */
export async function listPeople({ db }: Pick<Context, 'db'>): Promise<PersonView[]> {
  const rows = await db.user.findMany({
    orderBy: { username: 'asc' },
    include: { sessions: { orderBy: { updatedAt: 'desc' }, take: 1, select: { updatedAt: true } } },
  });
  return rows.map((row) => ({
    id: row.id,
    username: row.username,
    name: row.name,
    email: row.email.endsWith('@people.invalid') ? null : row.email,
    role: row.role as Role,
    mustChangePassword: row.mustChangePassword,
    createdAt: row.createdAt,
    lastSeenAt: row.sessions[0]?.updatedAt ?? null,
  }));
}
