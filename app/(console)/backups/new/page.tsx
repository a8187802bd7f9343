import type { Metadata } from 'next';
import { BackupForm } from '#components/backup/backup-form.tsx';
import { caller } from '#server/api/server-caller.ts';
import { initial } from '../../initial.ts';

export const metadata: Metadata = { title: 'Back up now' };

export default async function Page() {
  const api = await caller();
  const [clusters, destinations] = await Promise.all([initial(api.cluster.list()), initial(api.destination.list())]);
  return <BackupForm clusters={clusters} destinations={destinations} />;
}
