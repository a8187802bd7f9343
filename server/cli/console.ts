import { createTRPCClient, httpLink, type OperationLink, TRPCClientError, type TRPCLink } from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import superjson from 'superjson';
import type { AppRouter } from '#server/api/app-router.ts';
import { type Failure, TidemarkError, toFailure } from '#server/base/error.ts';
import type { Connection } from './connection.ts';

export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;
export type Console = ReturnType<typeof openConsole>;

/**
 * The API of a console. Which console, and as whom, is asked with the first call: what is wrong with what was typed is
 * said before that.
 */
export const openConsole = (connect: () => Connection) => createTRPCClient<AppRouter>({ links: [lateLink(connect)] });

function lateLink(connect: () => Connection): TRPCLink<AppRouter> {
  return (runtime) => {
    let link: OperationLink<AppRouter> | undefined;
    return (call) => {
      link ??= linkTo(connect())(runtime);
      return link(call);
    };
  };
}

const linkTo = ({ url, token }: Connection): TRPCLink<AppRouter> =>
  httpLink({
    url: `${url}/api/trpc`,
    transformer: superjson,
    headers: { authorization: `Bearer ${token}` },
    fetch: async (input, init) => answerOf(url, await send(url, input, init as RequestInit)),
  });

async function send(url: string, input: RequestInfo | URL | string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(input, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new TidemarkError('console/unreachable', `no console answers at ${url}`, { cause, context: { url } });
  }
}

/** Something else may live at that address, or a proxy may answer for a console that is down. */
function answerOf(url: string, response: Response): Response {
  if (/^application\/json\b/.test(response.headers.get('content-type') ?? '')) return response;
  throw new TidemarkError('console/unreachable', `what answers at ${url} is not a console (HTTP ${response.status})`, {
    context: { url, status: response.status },
  });
}

/** Whatever a command threw, as the console said it; a code of a newer console is kept as it is. */
export function failureOf(thrown: unknown): Failure {
  if (!(thrown instanceof TRPCClientError)) return toFailure(thrown);
  const said = (thrown.data as { failure?: Failure } | null | undefined)?.failure;
  return said ?? toFailure(thrown.cause instanceof TidemarkError ? thrown.cause : thrown);
}
