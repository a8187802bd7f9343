import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { type RegisterDestination, registerDestinationInput } from '#server/contract/destination.ts';
import { announce } from '#server/db/announce.ts';
import { isUniqueViolation } from '#server/db/client.ts';
import { newId } from '#server/db/new-id.ts';

/** Writes the row; an executor looks at the place itself when it is probed. Errors: `conflict/name-taken`. */
export async function registerDestination(
  context: Context,
  given: RegisterDestination,
): Promise<{ destinationId: string }> {
  const { name, kind, path } = registerDestinationInput.parse(given);
  try {
    return await context.db.$transaction(async (rows) => {
      const destinationId = newId();
      await rows.destination.create({
        data: { id: destinationId, name, kind, config: { path }, createdAt: context.clock.now() },
      });
      await recordAudit(rows, context, { action: 'destination.register', subject: name, detail: { kind, path } });
      await announce(rows, { about: 'destination', id: destinationId });
      return { destinationId };
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new TidemarkError('conflict/name-taken', `a destination named ${name} is registered already`);
  }
}
