import type { Metadata } from 'next';
import { KeptPage } from '#components/backup/kept-page.tsx';
import { caller } from '#server/api/server-caller.ts';
import { initial } from '../../initial.ts';

export const metadata: Metadata = { title: 'Kept copies' };

export default async function Page() {
  const api = await caller();
  const [kept, clusters] = await Promise.all([initial(api.restore.kept({})), initial(api.cluster.list())]);
  return <KeptPage initial={kept} clusters={clusters} />;
}
