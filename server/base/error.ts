import { type ErrorCode, errorTable } from './error-table.ts';

/**
 * A failure with a name. Promises: `message` says what we were doing (lower case, no full stop), `hint` says what to
 * do (sentences), `context` holds the bounds that were crossed (never a secret), `cause` keeps the original.
 */
export class TidemarkError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly context: Record<string, unknown>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; context?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TidemarkError';
    this.code = code;
    this.hint = options.hint ?? errorTable[code].fix;
    this.context = options.context ?? {};
  }

  /** Whether running the same work again may succeed without anybody changing anything. */
  get retryable(): boolean {
    return errorTable[this.code].retry;
  }

  get status(): number {
    return errorTable[this.code].status;
  }
}

/** The shape every surface shows (CLI `--json`, tRPC, job rows): CONTRACT.md "failures, everywhere". */
export interface Failure {
  code: ErrorCode;
  message: string;
  hint: string;
  context: Record<string, unknown>;
}

/** Anything thrown, as a failure; what is not ours becomes `internal/unexpected` with its message kept. */
export function toFailure(thrown: unknown): Failure {
  const error = asTidemarkError(thrown);
  return { code: error.code, message: error.message, hint: error.hint, context: error.context };
}

export function asTidemarkError(thrown: unknown): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new TidemarkError('internal/unexpected', message, { cause: thrown });
}

export function hasCode(thrown: unknown, code: ErrorCode): thrown is TidemarkError {
  return thrown instanceof TidemarkError && thrown.code === code;
}
