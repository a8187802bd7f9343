import type { Metadata } from 'next';
import { ClusterPage } from '#components/cluster/cluster-page.tsx';
import { caller } from '#server/api/server-caller.ts';
import { initial } from '../../initial.ts';

interface Props {
  params: Promise<{ name: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).name) };
}

export default async function Page({ params }: Props) {
  const name = decodeURIComponent((await params).name);
  const api = await caller();
  const [cluster, archive] = await Promise.all([
    initial(api.cluster.show({ name })),
    initial(api.archive.status({ name })),
  ]);
  return <ClusterPage name={name} initial={cluster} archive={archive} />;
}
