import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { AuthCard } from '#components/auth/auth-card.tsx';
import { LoginForm } from '#components/auth/login-form.tsx';
import { currentCaller } from '#server/api/server-caller.ts';

export const metadata: Metadata = { title: 'Sign in' };

export default async function Page({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const next = placeHere((await searchParams).next);
  if (await currentCaller()) redirect(next);
  return (
    <AuthCard title="Sign in">
      <LoginForm next={next} />
    </AuthCard>
  );
}

/** Only a path of this console: never another site, however it is written. */
function placeHere(next: string | string[] | undefined): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/overview';
}
