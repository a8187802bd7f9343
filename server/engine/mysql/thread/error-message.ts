import { TidemarkError } from '#server/base/error.ts';
import type { ErrorCode } from '#server/base/error-table.ts';

/** An error on its way to another thread: there it has the same code, words, context and causes. */
export interface ErrorMessage {
  code: ErrorCode | null;
  message: string;
  hint: string;
  context: Record<string, unknown>;
  stack: string | undefined;
  cause: ErrorMessage | undefined;
}

/** Causes of causes, as far as anybody looks. */
const deepest = 5;

export function toErrorMessage(thrown: unknown, depth = 0): ErrorMessage {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const named = error instanceof TidemarkError ? error : undefined;
  return {
    code: named?.code ?? null,
    message: error.message,
    hint: named?.hint ?? '',
    context: named?.context ?? {},
    stack: error.stack,
    cause: error.cause === undefined || depth === deepest ? undefined : toErrorMessage(error.cause, depth + 1),
  };
}

export function fromErrorMessage({ code, message, hint, context, stack, cause }: ErrorMessage): Error {
  const options = cause ? { cause: fromErrorMessage(cause) } : {};
  const error = code ? new TidemarkError(code, message, { hint, context, ...options }) : new Error(message, options);
  if (stack !== undefined) error.stack = stack;
  return error;
}
