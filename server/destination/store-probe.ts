import type { Failure } from '#server/base/error.ts';
import type { DestinationFeatures } from '#server/contract/destination.ts';
import { announce } from '#server/db/announce.ts';
import { noJson, type Rows, toJson } from '#server/db/client.ts';

/** What a probe found, or why it found nothing; what was known before stays in that case. */
export async function storeProbe(
  rows: Rows,
  destinationId: string,
  found: { features: DestinationFeatures } | { error: Failure },
): Promise<void> {
  const data =
    'error' in found
      ? { probeError: toJson(found.error) }
      : {
          features: toJson(found.features),
          freeBytes: found.features.freeBytes === null ? null : BigInt(Math.round(found.features.freeBytes)),
          probeError: noJson,
        };
  await rows.destination.updateMany({ where: { id: destinationId }, data: { ...data, probedAt: new Date() } });
  await announce(rows, { about: 'destination', id: destinationId });
}
