import type { Metadata } from 'next';
import { ClustersPage } from '#components/cluster/clusters-page.tsx';
import { caller } from '#server/api/server-caller.ts';
import { initial } from '../initial.ts';

export const metadata: Metadata = { title: 'Clusters' };

export default async function Page() {
  return <ClustersPage initial={await initial((await caller()).cluster.list())} />;
}
