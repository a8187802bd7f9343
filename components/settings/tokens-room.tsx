'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useMe } from '#components/auth/me.tsx';
import { Ago } from '#components/format/ago.tsx';
import { Instant } from '#components/format/instant.tsx';
import { failureOf } from '#components/trpc/failure.ts';
import type { Token } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx';
import { Dialog, DialogClose, DialogContent } from '#components/ui/dialog.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { ErrorPanel, sentence } from '#components/ui/error-panel.tsx';
import { Field } from '#components/ui/field.tsx';
import { Input } from '#components/ui/input.tsx';
import { Select } from '#components/ui/select.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Label, Tag } from '#components/ui/tag.tsx';
import { atLeast, type Role, roles } from '#server/contract/role.ts';
import { OneTimeSecret } from './one-time-secret.tsx';

const dayMs = 86_400_000;

/** Tokens for commands and scripts: one's own, an admin's list holds everybody's. */
export function TokensRoom() {
  const trpc = useTRPC();
  const { data, error } = useQuery(trpc.token.list.queryOptions());
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<{ name: string; token: string } | null>(null);
  return (
    <Card aria-label="Tokens">
      <CardHeader title="Tokens" note="for commands and scripts">
        <Button size="small" variant="primary" onClick={() => setAdding(true)}>
          Make a token
        </Button>
      </CardHeader>
      {secret === null ? null : (
        <OneTimeSecret
          words={`Token ${secret.name}. It is not shown again.`}
          secret={secret.token}
          label="Copy token"
        />
      )}
      {data === undefined ? (
        error ? (
          <ErrorPanel failure={failureOf(error)} className="m-3" />
        ) : (
          <Skeleton className="m-3 w-1/3" />
        )
      ) : data.length === 0 ? (
        <EmptyState title="There is no token">
          A command on another machine takes one from <code>TIDEMARK_TOKEN</code>.
        </EmptyState>
      ) : (
        <ul>
          {data.map((token) => (
            <TokenRow key={token.id} token={token} />
          ))}
        </ul>
      )}
      <Dialog open={adding} onOpenChange={setAdding}>
        {adding ? (
          <AddToken
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

function TokenRow({ token }: { token: Token }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const [asked, setAsked] = useState(false);
  const revoke = useMutation(
    trpc.token.revoke.mutationOptions({ onSuccess: () => queries.invalidateQueries(trpc.token.list.queryFilter()) }),
  );
  const failure = revoke.error ? failureOf(revoke.error) : undefined;
  const expired = token.expiresAt !== null && token.expiresAt.getTime() <= Date.now();
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-b border-line px-3 py-1.5 last:border-b-0">
      <div className="min-w-0 flex-1 basis-56">
        <p className="truncate">
          <b className="font-medium">{token.name}</b> <Label>{token.role}</Label>
        </p>
        <p className="text-12 text-ink-3">
          {token.person === null ? 'of the console’s own machine' : `of ${token.person}`} · made{' '}
          <Ago at={token.createdAt} /> ·{' '}
          {token.lastUsedAt ? (
            <>
              used <Ago at={token.lastUsedAt} />
            </>
          ) : (
            'never used'
          )}
          {token.expiresAt === null ? (
            ' · does not expire'
          ) : (
            <>
              {' '}
              · {expired ? 'expired' : 'expires'} <Instant at={token.expiresAt} />
            </>
          )}
        </p>
      </div>
      {expired ? <Tag state="idle">Expired</Tag> : null}
      <Button size="small" variant="danger" onClick={() => setAsked(true)}>
        Revoke
      </Button>
      <ConfirmDialog
        open={asked}
        onOpenChange={(open) => {
          revoke.reset();
          setAsked(open);
        }}
        title={`Revoke token ${token.name}?`}
        name={token.name}
        action="Revoke token"
        busy={revoke.isPending}
        failure={failure ? `${sentence(failure.message)} ${failure.hint ?? ''}` : undefined}
        onConfirm={() => revoke.mutate({ tokenId: token.id })}
      >
        Whatever uses it is refused from now on. Jobs it started go on.
      </ConfirmDialog>
    </li>
  );
}

function AddToken({ onDone }: { onDone: (added: { name: string; token: string }) => void }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const me = useMe();
  const create = useMutation(
    trpc.token.create.mutationOptions({
      onSuccess: ({ token }, { name }) => {
        onDone({ name, token });
        return queries.invalidateQueries(trpc.token.list.queryFilter());
      },
    }),
  );
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const days = Number(form.get('days'));
    create.mutate({
      name: String(form.get('name')).trim(),
      role: String(form.get('role')) as Role,
      expiresAt: days === 0 ? null : new Date(Date.now() + days * dayMs),
    });
  };
  return (
    <DialogContent
      title="Make a token"
      description="It is shown once, and can do at most what you can."
      footer={
        <>
          <DialogClose asChild>
            <Button>Close</Button>
          </DialogClose>
          <Button type="submit" form="add-token" variant="primary" busy={create.isPending}>
            Make token
          </Button>
        </>
      }
    >
      <form id="add-token" method="post" onSubmit={submit} className="flex flex-col gap-3">
        {create.error ? <ErrorPanel outcome="No token was made." failure={failureOf(create.error)} /> : null}
        <Field label="Name" hint="What it is for." required>
          <Input name="name" autoComplete="off" required maxLength={100} />
        </Field>
        <Field label="Role">
          <Select name="role" defaultValue={me.role}>
            {roles
              .filter((role) => atLeast(me.role, role))
              .map((role) => (
                <option key={role}>{role}</option>
              ))}
          </Select>
        </Field>
        <Field label="Expires">
          <Select name="days" defaultValue="90">
            <option value="7">in 7 days</option>
            <option value="90">in 90 days</option>
            <option value="365">in a year</option>
            <option value="0">never</option>
          </Select>
        </Field>
      </form>
    </DialogContent>
  );
}
