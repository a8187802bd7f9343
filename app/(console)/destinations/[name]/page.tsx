import type { Metadata } from 'next';
import { DestinationPage } from '#components/destination/destination-page.tsx';
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
  return <DestinationPage name={name} initial={await initial((await caller()).destination.show({ name }))} />;
}
