'use client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useMay } from '#components/auth/me.tsx';
import type { ClusterDetail } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';

/** A look younger than this is good enough to open the page with. */
const youngMs = 30_000;

/** Looks at the cluster anew when its page opens, unless it was looked at just now; `run` does so on request. */
export function useRefreshOnOpen(cluster: Pick<ClusterDetail, 'id' | 'topologyAt'>) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const mayOperate = useMay('operator');
  const { mutate, isPending, error } = useMutation(
    trpc.cluster.refresh.mutationOptions({
      onSettled: () =>
        Promise.all([
          queries.invalidateQueries(trpc.cluster.pathFilter()),
          queries.invalidateQueries(trpc.table.pathFilter()),
        ]),
    }),
  );
  const opened = useRef<string>(undefined);
  useEffect(() => {
    if (opened.current === cluster.id || !mayOperate) return;
    opened.current = cluster.id;
    if (Date.now() - (cluster.topologyAt?.getTime() ?? 0) > youngMs) mutate({ clusterId: cluster.id });
  }, [cluster, mayOperate, mutate]);
  return { run: () => mutate({ clusterId: cluster.id }), busy: isPending, error };
}
