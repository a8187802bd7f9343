import { createHash } from 'node:crypto';

/**
 * What a stream calls itself among the replicas of a server. A server hangs up on a replica when another comes with the
 * same id: so it must be nobody else's, and one stream always has the same, which ends a capture that should have ended.
 */
export function replicaIdOf(streamId: string): number {
  const hash = createHash('sha256').update(streamId).digest().readUInt32LE(0);
  // Ids that people give are small numbers or addresses; the upper half is ours.
  return (hash | 0x80000000) >>> 0;
}
