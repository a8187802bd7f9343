import type { Database } from '#server/db/client.ts';

/**
 * How streams are wanted now, by id: a text that is another one as soon as the destination, the address of the node or a
 * credential has changed. A stream that is not wanted is not in the answer: a run of it is to end.
 */
export async function howWanted(db: Database, streamIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (streamIds.length === 0) return new Map();
  const rows = await db.$queryRaw<{ id: string; how: string }[]>`
    SELECT s.id, concat_ws(' ', a.destination_id, c.address::text, n.host, n.port::text, (
      SELECT max(changed_at)::text FROM cluster_credential k WHERE k.cluster_id = s.cluster_id
    )) AS how
    FROM log_stream s JOIN log_archive a USING (cluster_id) JOIN cluster c ON c.id = s.cluster_id
    LEFT JOIN node n ON n.cluster_id = s.cluster_id AND n.name = s.node
    WHERE a.wanted AND s.id = ANY (${streamIds})`;
  return new Map(rows.map(({ id, how }) => [id, how]));
}
