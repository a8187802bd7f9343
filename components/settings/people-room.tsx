'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { MoreHorizontal } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useMe } from '#components/auth/me.tsx';
import { Ago } from '#components/format/ago.tsx';
import { failureOf } from '#components/trpc/failure.ts';
import type { Person } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx';
import { Dialog, DialogClose, DialogContent } from '#components/ui/dialog.tsx';
import { ErrorPanel, sentence } from '#components/ui/error-panel.tsx';
import { Field } from '#components/ui/field.tsx';
import { Input } from '#components/ui/input.tsx';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '#components/ui/menu.tsx';
import { Select } from '#components/ui/select.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { type Role, roles } from '#server/contract/role.ts';
import { OneTimeSecret } from './one-time-secret.tsx';

const roleWords: Record<Role, string> = {
  viewer: 'viewer: reads',
  operator: 'operator: backs up and restores, too',
  admin: 'admin: also clusters, destinations and people',
};

/** Everybody who can sign in. A password made here is shown once. */
export function PeopleRoom() {
  const trpc = useTRPC();
  const { data, error } = useQuery(trpc.people.list.queryOptions());
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<{ username: string; password: string } | null>(null);
  return (
    <Card aria-label="People">
      <CardHeader title="People">
        <Button size="small" variant="primary" onClick={() => setAdding(true)}>
          Add a person
        </Button>
      </CardHeader>
      {secret === null ? null : (
        <OneTimeSecret
          words={`One-time password of ${secret.username}. It is not shown again; the first sign-in asks for a new one.`}
          secret={secret.password}
          label="Copy password"
        />
      )}
      {data === undefined ? (
        error ? (
          <ErrorPanel failure={failureOf(error)} className="m-3" />
        ) : (
          <Skeleton className="m-3 w-1/3" />
        )
      ) : (
        <ul>
          {data.map((person) => (
            <PersonRow
              key={person.id}
              person={person}
              onSecret={(password) => setSecret({ username: person.username, password })}
            />
          ))}
        </ul>
      )}
      <Dialog open={adding} onOpenChange={setAdding}>
        {adding ? (
          <AddPerson
            onDone={(added) => {
              setSecret(added);
              setAdding(false);
            }}
          />
        ) : null}
      </Dialog>
    </Card>
  );
}

function PersonRow({ person, onSecret }: { person: Person; onSecret: (password: string) => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const me = useMe();
  const [asked, setAsked] = useState(false);
  const onSuccess = () => queries.invalidateQueries(trpc.people.list.queryFilter());
  const setRole = useMutation(trpc.people.setRole.mutationOptions({ onSuccess }));
  const reset = useMutation(
    trpc.people.resetPassword.mutationOptions({
      onSuccess: ({ password }) => {
        onSecret(password);
        return onSuccess();
      },
    }),
  );
  const remove = useMutation(trpc.people.remove.mutationOptions({ onSuccess }));
  const failed = setRole.error ?? reset.error;
  const failure = remove.error ? failureOf(remove.error) : undefined;
  return (
    <li className="border-b border-line last:border-b-0">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5 px-3 py-1.5">
        <div className="min-w-0 flex-1 basis-56">
          <p className="truncate">
            <b className="font-medium">{person.username}</b> <span className="text-ink-3">{person.name}</span>
            {person.id === me.id ? <span className="text-12 text-ink-3">, you</span> : null}
          </p>
          <p className="truncate text-12 text-ink-3">
            {person.email ?? 'no address'} ·{' '}
            {person.lastSeenAt ? (
              <>
                seen <Ago at={person.lastSeenAt} />
              </>
            ) : (
              'never signed in'
            )}
          </p>
        </div>
        {person.mustChangePassword ? <Tag state="idle">One-time password</Tag> : null}
        <Select
          aria-label={`Role of ${person.username}`}
          value={person.role}
          disabled={setRole.isPending}
          onChange={(event) => setRole.mutate({ userId: person.id, role: event.target.value as Role })}
          className="w-32 [&_select]:h-control-s [&_select]:text-12"
        >
          {roles.map((role) => (
            <option key={role}>{role}</option>
          ))}
        </Select>
        <Menu>
          <MenuTrigger asChild>
            <Button size="small" variant="quiet" icon aria-label={`More about ${person.username}`}>
              <MoreHorizontal aria-hidden="true" />
            </Button>
          </MenuTrigger>
          <MenuContent>
            <MenuItem onSelect={() => reset.mutate({ userId: person.id })}>New one-time password</MenuItem>
            <MenuItem danger onSelect={() => setAsked(true)}>
              Remove person
            </MenuItem>
          </MenuContent>
        </Menu>
      </div>
      {failed ? <ErrorPanel outcome="Nothing was changed." failure={failureOf(failed)} className="m-3 mt-0" /> : null}
      <ConfirmDialog
        open={asked}
        onOpenChange={(open) => {
          remove.reset();
          setAsked(open);
        }}
        title={`Remove ${person.username}?`}
        name={person.username}
        action="Remove person"
        busy={remove.isPending}
        failure={failure ? `${sentence(failure.message)} ${failure.hint ?? ''}` : undefined}
        onConfirm={() => remove.mutate({ userId: person.id })}
      >
        Sessions and tokens end at once. What was done stays in the audit under this name.
      </ConfirmDialog>
    </li>
  );
}

function AddPerson({ onDone }: { onDone: (added: { username: string; password: string }) => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const create = useMutation(
    trpc.people.create.mutationOptions({
      onSuccess: ({ password }, { username }) => {
        onDone({ username, password });
        return queries.invalidateQueries(trpc.people.list.queryFilter());
      },
    }),
  );
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const text = (name: string) => String(new FormData(event.currentTarget).get(name)).trim();
    create.mutate({
      username: text('username'),
      name: text('name') || text('username'),
      email: text('email') || undefined,
      role: text('role') as Role,
    });
  };
  return (
    <DialogContent
      title="Add a person"
      description="A one-time password is made and shown once."
      footer={
        <>
          <DialogClose asChild>
            <Button>Close</Button>
          </DialogClose>
          <Button type="submit" form="add-person" variant="primary" busy={create.isPending}>
            Add
          </Button>
        </>
      }
    >
      <form id="add-person" method="post" onSubmit={submit} className="flex flex-col gap-3">
        {create.error ? <ErrorPanel outcome="Nobody was added." failure={failureOf(create.error)} /> : null}
        <Field label="User name" hint="Lower-case letters, digits, dot, - and _." required>
          <Input name="username" autoComplete="off" autoCapitalize="off" spellCheck={false} required maxLength={63} />
        </Field>
        <Field label="Name">
          <Input name="name" autoComplete="off" maxLength={200} />
        </Field>
        <Field label="E-mail address">
          <Input name="email" type="email" autoComplete="off" />
        </Field>
        <Field label="Role">
          <Select name="role" defaultValue="operator">
            {roles.map((role) => (
              <option key={role} value={role}>
                {roleWords[role]}
              </option>
            ))}
          </Select>
        </Field>
      </form>
    </DialogContent>
  );
}
