import type { Metadata } from 'next';
import { RestorePage } from '#components/restore/restore-page.tsx';
import { caller } from '#server/api/server-caller.ts';
import { initial } from '../initial.ts';

export const metadata: Metadata = { title: 'Restore' };

export default async function Page() {
  return <RestorePage initial={await initial((await caller()).cluster.list())} />;
}
