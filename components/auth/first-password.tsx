'use client';
import { ApiProvider } from '#components/trpc/provider.tsx';
import { AuthCard } from './auth-card.tsx';
import { PasswordForm } from './password-form.tsx';

/** After a sign-in with a one-time password: nothing else is shown before it was changed. */
export function FirstPassword({ username }: { username: string }) {
  return (
    <ApiProvider>
      <AuthCard title="Choose your own password" note={`You signed in as ${username} with a one-time password.`}>
        <PasswordForm username={username} onDone={() => window.location.assign('/overview')} />
      </AuthCard>
    </ApiProvider>
  );
}
