import type { Metadata } from 'next';
import { BackupsPage } from '#components/backup/backups-page.tsx';
import { caller } from '#server/api/server-caller.ts';
import { initial } from '../initial.ts';

export const metadata: Metadata = { title: 'Backups' };

export default async function Page() {
  return <BackupsPage initial={await initial((await caller()).backup.list({ limit: 100 }))} />;
}
