import type { Rows } from '#server/db/client.ts';
import { newId } from '#server/db/new-id.ts';

/**
 * Every storage node of a cluster whose archive is wanted gets its stream, also one that was found since. A stream whose
 * node is gone stays: its log lies in the repository. Answers how many were added.
 */
export async function addStreams(rows: Rows, only: { clusterId?: string } = {}): Promise<number> {
  const missing = await rows.$queryRaw<{ cluster_id: string; name: string }[]>`
    SELECT n.cluster_id, n.name FROM log_archive a JOIN node n USING (cluster_id)
    WHERE a.wanted AND n.role = 'storage' AND n.engine = 'mysql' AND n.cluster_id = coalesce(${only.clusterId ?? null}, n.cluster_id)
      AND NOT EXISTS (SELECT 1 FROM log_stream s WHERE s.cluster_id = n.cluster_id AND s.node = n.name)`;
  if (missing.length === 0) return 0;
  const { count } = await rows.logStream.createMany({
    data: missing.map(({ cluster_id, name }) => ({ id: newId(), clusterId: cluster_id, node: name })),
    skipDuplicates: true,
  });
  return count;
}
