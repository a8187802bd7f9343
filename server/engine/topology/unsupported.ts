import { TidemarkError } from '#server/base/error.ts';
import type { ClusterKind } from '#server/contract/cluster.ts';

/** For the kinds whose contract is ready and whose reading is not. */
export function unsupportedKind(kind: ClusterKind): TidemarkError {
  return new TidemarkError('node/unsupported', `clusters of kind ${kind} cannot be read yet`, {
    hint: 'Register a cluster of kind fdw or mysql.',
    context: { kind },
  });
}
