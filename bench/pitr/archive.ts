import { pause } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { Product } from '../product.ts';
import type { Position } from './position.ts';

const longestMs = 600_000;
const everyMs = 25;

/** Waits until what lies in the repository reaches `to`. Errors: the archive's own; `internal/unexpected` after ten minutes. */
export async function archivedTo(product: Product, cluster: string, to: Position, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + longestMs;
  for (;;) {
    const { streams } = await product.tidemark.ask('archive.status', { name: cluster });
    const [stream] = streams;
    if (stream?.reason && stream.state === 'failed') throw new TidemarkError(stream.reason.code, stream.reason.message);
    const reached: Position | null = stream?.reached ?? null;
    if (reached && atLeast(reached, to)) return;
    if (performance.now() > deadline) {
      throw new TidemarkError(
        'internal/unexpected',
        `the archive of ${cluster} did not reach ${to.file}:${to.position}`,
      );
    }
    await pause(everyMs, signal);
  }
}

const atLeast = (reached: Position, to: Position): boolean =>
  reached.file > to.file || (reached.file === to.file && BigInt(reached.position) >= BigInt(to.position));
