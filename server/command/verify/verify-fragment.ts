import { throwIfStopped } from '#server/base/abort.ts';
import { RowDigest } from '#server/engine/mysql/digest.ts';
import { rowRuns } from '#server/engine/mysql/row-runs.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import { readChunk } from '#server/pipeline/segment-reader.ts';
import type { Storage } from '#server/storage/contract.ts';

/**
 * Decompresses every chunk of a fragment and counts and digests its rows anew. Returns what does not agree with what was
 * recorded, in words, or null. Errors: those of readChunk.
 */
export async function fragmentProblem(
  storage: Storage,
  fragment: FragmentFile,
  stop: AbortSignal,
  onRows: (rows: bigint, bytes: number) => void,
): Promise<string | null> {
  const whole = new RowDigest();
  for (const chunk of fragment.chunks) {
    const digest = new RowDigest();
    for await (const run of rowRuns(readChunk(storage, chunk, { signal: stop }))) {
      throwIfStopped(stop);
      const before = digest.rows;
      digest.add(run);
      onRows(digest.rows - before, run.length);
    }
    if (digest.rows.toString() !== chunk.rows) return `a chunk holds ${digest.rows} rows, not ${chunk.rows}`;
    whole.merge(digest);
  }
  if (whole.rows.toString() !== fragment.rows) return `it holds ${whole.rows} rows, not ${fragment.rows}`;
  return whole.hex === fragment.digest ? null : 'the digest of its rows is not the one recorded';
}
