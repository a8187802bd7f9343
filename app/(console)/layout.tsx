import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import type { ReactNode } from 'react';
import { Console } from '#components/auth/console.tsx';
import { currentCaller } from '#server/api/server-caller.ts';

/** Nobody sees a room of the console without a session, and nobody keeps a one-time password. */
export default async function Layout({ children }: { children: ReactNode }) {
  const caller = await currentCaller();
  if (!caller) redirect(`/login${await backHere()}`);
  if (caller.mustChangePassword) redirect('/first-password');
  const { id, name, role } = caller.actor;
  return (
    <Console me={{ id, name, role }} serverZone={Intl.DateTimeFormat().resolvedOptions().timeZone}>
      {children}
    </Console>
  );
}

/** The page that was asked for, where the browser says it, so that the sign-in leads back. */
async function backHere(): Promise<string> {
  const asked = (await headers()).get('x-console-path');
  return asked === null ? '' : `?next=${encodeURIComponent(asked)}`;
}
