import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { FirstPassword } from '#components/auth/first-password.tsx';
import { currentCaller } from '#server/api/server-caller.ts';

export const metadata: Metadata = { title: 'Choose your own password' };

export default async function Page() {
  const caller = await currentCaller();
  if (!caller) redirect('/login');
  if (!caller.mustChangePassword) redirect('/overview');
  return <FirstPassword username={caller.actor.name} />;
}
