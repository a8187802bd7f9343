import type { Metadata } from 'next';
import { BackupPage } from '#components/backup/backup-page.tsx';
import { caller } from '#server/api/server-caller.ts';
import { initial } from '../../initial.ts';

export const metadata: Metadata = { title: 'Backup' };

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  return <BackupPage backupId={id} initial={await initial((await caller()).backup.show({ backupId: id }))} />;
}
