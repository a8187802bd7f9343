import { TRPCClientError } from '@trpc/client';
import type { ShownFailure } from '#components/ui/error-panel.tsx';

/** A failure as the API sends it (CONTRACT.md "failures"), with what it says beyond the shown part. */
export interface ClientFailure extends ShownFailure {
  context: Record<string, unknown>;
}

/**
 * Anything a query or a mutation threw, as it is shown. A request that never got an answer becomes `console/unreachable`:
 * whether it was carried out is not known then.
 */
export function failureOf(error: unknown): ClientFailure {
  if (error instanceof TRPCClientError) {
    const failure = (error.data as { failure?: ClientFailure } | undefined)?.failure;
    if (failure) return failure;
    return {
      code: 'console/unreachable',
      message: 'the console did not answer',
      hint: 'Look at the jobs and lists before you ask again: the request may have arrived.',
      context: {},
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal/unexpected', message, hint: 'Load the page again.', context: {} };
}

/** The same, or null where there is no error: as tables and panels take it. */
export const failureOrNull = (error: unknown): ClientFailure | null => (error ? failureOf(error) : null);

/** Whether asking again could help: a refusal stays a refusal. */
export const mayHelpToAskAgain = (error: unknown): boolean =>
  ['console/unreachable', 'internal/unexpected'].includes(failureOf(error).code);
