'use client';
import { type FormEvent, useState } from 'react';
import { Button } from '#components/ui/button.tsx';
import { ErrorPanel, type ShownFailure } from '#components/ui/error-panel.tsx';
import { Field } from '#components/ui/field.tsx';
import { Input } from '#components/ui/input.tsx';
import { PasswordInput } from '#components/ui/password-input.tsx';
import { signIn } from './sign-in.ts';

/** `next` is where to go then: a path of this console, checked by the page. */
export function LoginForm({ next }: { next: string }) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ShownFailure | null>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFailure(null);
    const failed = await signIn(String(form.get('username')), String(form.get('password')));
    // A whole new page: nothing of an earlier session is left in memory.
    if (failed === null) return window.location.assign(next);
    setFailure(failed);
    setBusy(false);
  };
  return (
    <form method="post" onSubmit={submit} className="mt-3 flex flex-col gap-3">
      {failure === null ? null : <ErrorPanel failure={failure} />}
      <Field label="User name" required>
        <Input name="username" autoComplete="username" autoCapitalize="off" spellCheck={false} autoFocus required />
      </Field>
      <Field label="Password" required>
        <PasswordInput name="password" required />
      </Field>
      <Button type="submit" variant="primary" busy={busy}>
        Sign in
      </Button>
    </form>
  );
}
