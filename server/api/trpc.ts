import { initTRPC, TRPCError } from '@trpc/server';
import superjson from 'superjson';
import { asTidemarkError, TidemarkError } from '#server/base/error.ts';
import { atLeast, type Role } from '#server/contract/role.ts';
import type { RequestContext } from './context.ts';
import { failureOf, trpcCodeOf } from './error-map.ts';

/** The role a procedure needs, stated once where it is made; `anyone` is said by nothing but a test. */
export interface ProcedureMeta {
  role: Role;
  /** May be called before a one-time password was changed; nothing else may. */
  withOneTimePassword?: true;
}

const trpc = initTRPC
  .context<RequestContext>()
  .meta<ProcedureMeta>()
  .create({
    transformer: superjson,
    errorFormatter: ({ shape, error }) => ({
      ...shape,
      // No stack and no query text leaves the server.
      data: { code: shape.data.code, httpStatus: shape.data.httpStatus, failure: failureOf(error.cause ?? error) },
    }),
    sse: { ping: { enabled: true, intervalMs: 5_000 }, client: { reconnectAfterInactivityMs: 15_000 } },
  });

export const { router, createCallerFactory } = trpc;

/** The one place where our errors become tRPC's, and where what has no name yet is logged. */
const named = trpc.middleware(async ({ next, ctx, path }) => {
  const result = await next();
  if (result.ok) return result;
  const { cause } = result.error;
  if (cause === undefined && result.error.code !== 'INTERNAL_SERVER_ERROR') return result;
  if (result.error.code === 'BAD_REQUEST') return result;
  const error = asTidemarkError(cause);
  if (error.code === 'internal/unexpected') ctx.log.error('a procedure failed', { path, error: cause });
  throw new TRPCError({ code: trpcCodeOf(error.status), message: error.message, cause: error });
});

function nobody(sentToken: boolean): TidemarkError {
  if (!sentToken) return new TidemarkError('auth/required', 'nobody is signed in');
  return new TidemarkError('auth/required', 'the token that was sent is unknown, has expired or was taken back', {
    hint: 'Make one under Settings → Tokens of this console, and send that.',
  });
}

function procedureFor(role: Role) {
  return trpc.procedure
    .meta({ role })
    .use(named)
    .use(({ ctx, next, meta }) => {
      const { caller } = ctx;
      if (!caller) throw nobody(ctx.sentToken);
      if (!atLeast(caller.actor.role, role)) {
        throw new TidemarkError(
          'auth/forbidden',
          `this needs the role ${role}; ${caller.actor.name} is ${caller.actor.role}`,
        );
      }
      if (caller.mustChangePassword && !meta?.withOneTimePassword) {
        throw new TidemarkError('auth/password-change-required', `${caller.actor.name} has a one-time password`);
      }
      return next({ ctx: { ...ctx, caller, actor: caller.actor } });
    });
}

export const viewerProcedure = procedureFor('viewer');
/** For any role, and for a person who has yet to choose a password: what that takes, and no more. */
export const newcomerProcedure = viewerProcedure.meta({ role: 'viewer', withOneTimePassword: true });
export const operatorProcedure = procedureFor('operator');
export const adminProcedure = procedureFor('admin');
