import type { Context } from './context.ts';

export interface AuditRow {
  id: string;
  at: Date;
  actor: string;
  action: string;
  subject: string;
  detail: unknown;
}

/** Newest first; `before` is the id of the last row of the page before. `subject` narrows to one thing. */
export async function listAudit(
  { db }: Pick<Context, 'db'>,
  input: { before?: string; subject?: string; limit?: number } = {},
): Promise<{ rows: AuditRow[]; next: string | null }> {
  const limit = input.limit ?? 100;
  const rows = await db.auditEvent.findMany({
    where: { subject: input.subject, id: input.before === undefined ? undefined : { lt: input.before } },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const page = rows.slice(0, limit);
  return { rows: page, next: rows.length > limit ? page.at(-1)!.id : null };
}
