import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import type { Auth } from '#server/auth/auth.ts';
import { TidemarkError, toFailure } from '#server/base/error.ts';
import { appRouter } from './app-router.ts';
import type { Services } from './context.ts';
import { comesFromHere } from './origin.ts';
import { requestContext } from './request-context.ts';

export const trpcPath = '/api/trpc';

/** Answers a tRPC request, the event streams included. Used by the route of the console and by tests. */
export async function answerTrpc(held: Services & { auth: Auth }, request: Request): Promise<Response> {
  if (request.method !== 'GET' && !comesFromHere(request)) {
    const error = toFailure(new TidemarkError('auth/forbidden', 'the request comes from a page of another site'));
    return Response.json({ error }, { status: 403 });
  }
  return fetchRequestHandler({
    endpoint: trpcPath,
    req: request,
    router: appRouter,
    createContext: () => requestContext(held, request.headers),
  });
}
