'use client';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { failureOf } from '#components/trpc/failure.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Field } from '#components/ui/field.tsx';
import { PasswordInput } from '#components/ui/password-input.tsx';

/** A new password for oneself. `onDone` is called when it counts; other sessions have ended then. */
export function PasswordForm({ username, onDone }: { username: string; onDone: () => void }) {
  const trpc = useTRPC();
  const change = useMutation(trpc.people.changeOwnPassword.mutationOptions({ onSuccess: onDone }));
  const [differ, setDiffer] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const [current, next, again] = ['current', 'next', 'again'].map((name) => String(new FormData(form).get(name)));
    setDiffer(next !== again);
    if (next === again) change.mutate({ current: current!, next: next! }, { onSuccess: () => form.reset() });
  };
  return (
    <form method="post" onSubmit={submit} className="mt-3 flex max-w-[360px] flex-col gap-3">
      {change.error ? <ErrorPanel outcome="The password was not changed." failure={failureOf(change.error)} /> : null}
      <input type="hidden" name="username" autoComplete="username" value={username} readOnly />
      <Field label="Present password" required>
        <PasswordInput name="current" required />
      </Field>
      <Field label="New password" hint="10 characters or more" required>
        <PasswordInput name="next" autoComplete="new-password" minLength={10} maxLength={200} required />
      </Field>
      <Field label="New password again" error={differ ? 'The two do not read the same.' : undefined} required>
        <PasswordInput name="again" autoComplete="new-password" required />
      </Field>
      <Button type="submit" variant="primary" busy={change.isPending} className="self-start">
        Change password
      </Button>
    </form>
  );
}
