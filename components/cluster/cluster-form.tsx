'use client';
import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { ChoiceCards } from '#components/form/choice-cards.tsx';
import { ErrorSummary, type FieldProblem } from '#components/form/error-summary.tsx';
import { FormActions } from '#components/form/form-actions.tsx';
import { FormSection } from '#components/form/form-section.tsx';
import { Page } from '#components/layout/page.tsx';
import { failureOf } from '#components/trpc/failure.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Field } from '#components/ui/field.tsx';
import { Input } from '#components/ui/input.tsx';
import { Textarea } from '#components/ui/textarea.tsx';
import { type ClusterKind, registerClusterInput } from '#server/contract/cluster.ts';
import {
  type ClusterFields,
  clusterInputOf,
  defaultPorts,
  emptyCluster,
  hasStorageCredentials,
  problemsOf,
} from './cluster-fields.ts';
import { CredentialSection } from './credential-fields.tsx';
import { isShut, TestedConnection } from './tested-connection.tsx';

const later = 'Not in this version.';

/** Registers a cluster: its connection can be tried first, and nothing is written on it either way. */
export function ClusterForm() {
  const trpc = useTRPC();
  const router = useRouter();
  const [fields, setFields] = useState<ClusterFields>(emptyCluster);
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const save = useMutation(
    trpc.cluster.register.mutationOptions({ onSuccess: (_, { name }) => router.push(`/clusters/${name}`) }),
  );
  const test = useMutation(trpc.cluster.testConnection.mutationOptions());
  const set = (patch: Partial<ClusterFields>) => {
    setFields({ ...fields, ...patch });
    test.reset();
  };
  const errorOf = (field: string) => problems.find((problem) => problem.field === field)?.message;

  const checked = () => {
    const found = registerClusterInput.safeParse(clusterInputOf(fields));
    setProblems(found.success ? [] : problemsOf(found.error.issues));
    return found.data;
  };
  // A wrong password is found here, not at the first backup at night. What was tried just now is not tried again.
  const saveReached = async (event: FormEvent) => {
    event.preventDefault();
    const input = checked();
    if (!input) return;
    const tested = test.data ?? (await test.mutateAsync(input).catch(() => undefined));
    if (tested && !isShut(tested)) save.mutate(input);
  };
  const saveAnyway = () => {
    const input = checked();
    if (input) save.mutate({ ...input, force: true });
  };
  const tryIt = () => {
    const input = checked();
    if (input) test.mutate(input);
  };

  return (
    <Page title="Register" crumbs={[{ name: 'Clusters', href: '/clusters' }]}>
      <h1 className="sr-only">Register a cluster</h1>
      <form method="post" onSubmit={saveReached} noValidate className="max-w-[860px]">
        <Card aria-label="Cluster">
          <FormSection title="What it is">
            <div className="sm:col-span-2">
              <ChoiceCards<ClusterKind>
                label="Kind"
                value={fields.kind}
                onChange={(kind) =>
                  set({ kind, port: fields.port === defaultPorts[fields.kind] ? defaultPorts[kind] : fields.port })
                }
                choices={[
                  { value: 'fdw', title: 'fdw', note: 'PostgreSQL whose foreign tables lie on MySQL or MariaDB nodes' },
                  { value: 'mysql', title: 'mysql', note: 'One MySQL or MariaDB server' },
                  { value: 'postgres', title: 'postgres', note: '', refused: later },
                  { value: 'klustron', title: 'klustron', note: '', refused: later },
                ]}
              />
            </div>
            <Field
              label="Name"
              hint="Lower-case letters, digits, - and _. Commands use it."
              error={errorOf('name')}
              required
            >
              <Input
                name="name"
                value={fields.name}
                autoComplete="off"
                autoCapitalize="off"
                spellCheck={false}
                onChange={(event) => set({ name: event.target.value })}
              />
            </Field>
          </FormSection>
          <FormSection
            title="Where it answers"
            note={
              fields.kind === 'mysql' ? 'as an executor reaches it' : 'the computing node, as an executor reaches it'
            }
          >
            <div className="grid grid-cols-[minmax(0,1fr)_96px] gap-3">
              <Field label="Host" error={errorOf('address.host')} required>
                <Input
                  name="address.host"
                  value={fields.host}
                  autoComplete="off"
                  autoCapitalize="off"
                  spellCheck={false}
                  onChange={(event) => set({ host: event.target.value })}
                />
              </Field>
              <Field label="Port" error={errorOf('address.port')} required>
                <Input
                  name="address.port"
                  value={fields.port}
                  inputMode="numeric"
                  onChange={(event) => set({ port: event.target.value })}
                />
              </Field>
            </div>
            {fields.kind === 'mysql' ? null : (
              <Field
                label="Database"
                hint="The one that holds the foreign tables."
                error={errorOf('address.database')}
                required
              >
                <Input
                  name="address.database"
                  value={fields.database}
                  autoComplete="off"
                  autoCapitalize="off"
                  spellCheck={false}
                  onChange={(event) => set({ database: event.target.value })}
                />
              </Field>
            )}
          </FormSection>
          <CredentialSection
            title="Credentials"
            note={fields.kind === 'mysql' ? 'of the server' : 'of the computing node'}
            path="credentials"
            value={fields.main}
            onChange={(main) => set({ main })}
            errorOf={errorOf}
          />
          {hasStorageCredentials(fields.kind) ? (
            <CredentialSection
              title="Storage credentials"
              note="open every storage node; the rows are read there"
              path="storageCredentials"
              value={fields.storage}
              onChange={(storage) => set({ storage })}
              errorOf={errorOf}
            />
          ) : null}
          <FormSection title="Replicas" note="may be read instead of storage nodes">
            <Field
              label="Addresses"
              hint={
                fields.kind === 'mysql'
                  ? 'host:port, opened with the credentials above. Empty: none.'
                  : 'node=host:port, one a line, opened with the storage credentials. Empty: none.'
              }
              error={errorOf('replicas')}
              className="sm:col-span-2"
            >
              <Textarea
                mono
                name="replicas"
                rows={2}
                value={fields.replicas}
                spellCheck={false}
                onChange={(event) => set({ replicas: event.target.value })}
              />
            </Field>
          </FormSection>
          <div className="flex flex-col gap-3 px-3 empty:hidden [&:not(:empty)]:pb-3">
            <ErrorSummary problems={problems} />
            {save.error ? <ErrorPanel outcome="Nothing was saved." failure={failureOf(save.error)} /> : null}
            <TestedConnection test={test} />
            {test.error || (test.data && isShut(test.data)) ? (
              <p className="flex flex-wrap items-center gap-3 text-12 text-ink-2">
                Nothing was saved: a node could not be opened. Correct it, or register the cluster as it is.
                <Button size="small" onClick={saveAnyway} busy={save.isPending}>
                  Register anyway
                </Button>
              </p>
            ) : null}
          </div>
          <FormActions note="Registering reads the cluster's catalogs and changes nothing on it.">
            <Button onClick={tryIt} disabled={test.isPending}>
              Test connection
            </Button>
            <Button type="submit" variant="primary" busy={save.isPending || test.isPending}>
              Save
            </Button>
          </FormActions>
        </Card>
      </form>
    </Page>
  );
}
