import { type Rows, toJson } from '#server/db/client.ts';
import { newId } from '#server/db/new-id.ts';
import type { Context } from './context.ts';

/**
 * One row of the audit log, written by the same transaction as the change itself: there is never one without the other.
 * `action` is noun and verb (`cluster.register`), `subject` what people call the thing; `detail` holds no secret.
 */
export async function recordAudit(
  rows: Rows,
  context: Pick<Context, 'actor' | 'clock'>,
  event: { action: string; subject: string; detail?: Record<string, unknown> },
): Promise<void> {
  await rows.auditEvent.create({
    data: {
      id: newId(),
      at: context.clock.now(),
      actor: context.actor.name,
      action: event.action,
      subject: event.subject,
      detail: toJson(event.detail ?? {}),
    },
  });
}
