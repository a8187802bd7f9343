import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { SettingsPage } from '#components/settings/settings-page.tsx';
import { isSettingsRoom, settingsRooms } from '#components/settings/settings-rooms.ts';
import product from '../../../../package.json';

interface Props {
  params: Promise<{ room: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { room } = await params;
  return { title: settingsRooms.find(({ key }) => key === room)?.name ?? 'Settings' };
}

export default async function Page({ params }: Props) {
  const { room } = await params;
  if (!isSettingsRoom(room)) notFound();
  return <SettingsPage room={room} version={product.version} />;
}
