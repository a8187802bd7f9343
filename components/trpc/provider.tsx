'use client';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createTRPCClient, httpBatchLink, httpLink, splitLink } from '@trpc/client';
import { type ReactNode, useState } from 'react';
import superjson from 'superjson';
import type { AppRouter } from '#server/api/app-router.ts';
import { failureOf, mayHelpToAskAgain } from './failure.ts';
import { TRPCProvider } from './trpc.ts';

/**
 * Once around the signed-in pages: their queries, and the way to the API. What is asked at once travels together and is
 * answered together; `context: { alone: true }` is for what an executor must be asked for, so that nothing waits for it.
 */
export function ApiProvider({ children }: { children: ReactNode }) {
  const [queries] = useState(createQueries);
  const [client] = useState(() =>
    createTRPCClient<AppRouter>({
      links: [
        splitLink({
          condition: ({ context }) => context.alone === true,
          true: httpLink({ url: '/api/trpc', transformer: superjson }),
          false: httpBatchLink({ url: '/api/trpc', transformer: superjson, maxURLLength: 6_000 }),
        }),
      ],
    }),
  );
  return (
    <QueryClientProvider client={queries}>
      <TRPCProvider trpcClient={client} queryClient={queries}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  );
}

function createQueries(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: signInWhenNeeded }),
    mutationCache: new MutationCache({ onError: signInWhenNeeded }),
    defaultOptions: {
      // What changes is told by the live stream; without it a page that is looked at again asks again.
      queries: { staleTime: 5_000, retry: (tries, error) => tries < 2 && mayHelpToAskAgain(error) },
      mutations: { retry: false },
    },
  });
}

/** The session has ended: back to the sign-in, and then to this very page. */
function signInWhenNeeded(error: unknown): void {
  if (typeof window === 'undefined' || failureOf(error).code !== 'auth/required') return;
  const here = `${window.location.pathname}${window.location.search}`;
  window.location.assign(`/login?next=${encodeURIComponent(here)}`);
}
