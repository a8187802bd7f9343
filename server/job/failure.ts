import { type Failure, TidemarkError } from '#server/base/error.ts';
import { type ErrorCode, errorTable } from '#server/base/error-table.ts';

/** A failure as a row keeps it, as the error it was: what an executor met is thrown again in the web. */
export function fromFailure(stored: unknown): TidemarkError {
  const failure = stored as Partial<Failure> | null;
  const known = failure?.code !== undefined && failure.code in errorTable;
  const code: ErrorCode = known ? failure!.code! : 'internal/unexpected';
  return new TidemarkError(code, failure?.message ?? 'the job failed without a word', {
    hint: failure?.hint,
    context: failure?.context,
  });
}
