import { TidemarkError } from '#server/base/error.ts';

/** What was typed cannot be meant: exit code 2. `message` lower case without a full stop, `hint` sentences. */
export const usageError = (message: string, hint: string, context: Record<string, unknown> = {}): TidemarkError =>
  new TidemarkError('input/invalid', message, { hint, context });
