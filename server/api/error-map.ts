import type { TRPC_ERROR_CODE_KEY } from '@trpc/server';
import { ZodError } from 'zod';
import { asTidemarkError, type Failure, TidemarkError, toFailure } from '#server/base/error.ts';

/** Every failure that leaves the API, in the one shape CONTRACT.md promises. Zod's findings become `input/invalid`. */
export function failureOf(cause: unknown): Failure {
  if (cause instanceof ZodError) {
    const issue = cause.issues[0];
    const path = issue?.path.join('.') ?? '';
    return toFailure(
      new TidemarkError(
        'input/invalid',
        `${path ? `${path}: ` : ''}${issue?.message ?? 'the input is not acceptable'}`,
        {
          context: { issues: cause.issues.map(({ path: at, message }) => ({ path: at.join('.'), message })) },
        },
      ),
    );
  }
  return toFailure(asTidemarkError(cause));
}

const codes: Record<number, TRPC_ERROR_CODE_KEY> = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  422: 'UNPROCESSABLE_CONTENT',
  503: 'SERVICE_UNAVAILABLE',
};

/** HTTP status of the error table → tRPC's word for it. */
export const trpcCodeOf = (status: number): TRPC_ERROR_CODE_KEY => codes[status] ?? 'INTERNAL_SERVER_ERROR';
