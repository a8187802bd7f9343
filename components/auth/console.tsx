'use client';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ZoneProvider } from '#components/format/zone-context.tsx';
import { Shell } from '#components/layout/shell.tsx';
import { LiveProvider } from '#components/trpc/live.tsx';
import { ApiProvider } from '#components/trpc/provider.tsx';
import { useTRPC } from '#components/trpc/trpc.ts';
import { MeProvider, type SignedIn } from './me.tsx';
import { signOut } from './sign-in.ts';

/** What stands around every signed-in page: who is here, the API, the live stream, the rail. */
export function Console({ me, serverZone, children }: { me: SignedIn; serverZone: string; children: ReactNode }) {
  return (
    <ApiProvider>
      <LiveProvider>
        <MeProvider me={me}>
          <ZoneProvider serverZone={serverZone}>
            <Rooms me={me}>{children}</Rooms>
          </ZoneProvider>
        </MeProvider>
      </LiveProvider>
    </ApiProvider>
  );
}

function Rooms({ me, children }: { me: SignedIn; children: ReactNode }) {
  const trpc = useTRPC();
  const counts = useQuery(trpc.job.counts.queryOptions());
  const { queued = 0, running = 0, cancelling = 0 } = counts.data ?? {};
  return (
    <Shell
      person={me}
      counts={{ '/jobs': { count: queued + running + cancelling, of: 'not ended' } }}
      onSignOut={() => void signOut()}
    >
      {children}
    </Shell>
  );
}
