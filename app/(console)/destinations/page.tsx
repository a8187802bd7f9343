import type { Metadata } from 'next';
import { DestinationsPage } from '#components/destination/destinations-page.tsx';
import { caller } from '#server/api/server-caller.ts';
import { initial } from '../initial.ts';

export const metadata: Metadata = { title: 'Destinations' };

export default async function Page() {
  return <DestinationsPage initial={await initial((await caller()).destination.list())} />;
}
