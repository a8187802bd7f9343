import { z } from 'zod';
import { changesInput } from './changes.ts';
import { registerClusterInput } from './cluster.ts';
import { restoreInput } from './restore.ts';

/**
 * Short questions that only an executor can answer, because only it may connect to a customer's servers. They travel
 * as jobs of kind `inspect` and are answered in milliseconds. `test-connection` carries sealed credentials, never
 * plain ones.
 */
export const inspectQuestion = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('topology'), clusterId: z.string() }),
  z.object({
    ask: z.literal('test-connection'),
    kind: registerClusterInput.shape.kind,
    address: registerClusterInput.shape.address,
    sealed: z.string(),
  }),
  z.object({ ask: z.literal('plan-restore'), restore: restoreInput }),
  /** `table`: as the user writes it. */
  z.object({ ask: z.literal('coverage'), clusterId: z.string(), table: z.string() }),
  changesInput.extend({ ask: z.literal('changes') }),
]);
export type InspectQuestion = z.infer<typeof inspectQuestion>;
