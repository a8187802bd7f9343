'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { ChoiceCards } from '#components/form/choice-cards.tsx';
import { FormActions } from '#components/form/form-actions.tsx';
import { FormSection } from '#components/form/form-section.tsx';
import { Page } from '#components/layout/page.tsx';
import { useAddress } from '#components/layout/use-address.ts';
import { failureOf } from '#components/trpc/failure.ts';
import type { Cluster, Destination } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Field } from '#components/ui/field.tsx';
import { Input } from '#components/ui/input.tsx';
import { Select } from '#components/ui/select.tsx';
import { Textarea } from '#components/ui/textarea.tsx';
import { usualReadConnections } from '#server/contract/backup.ts';
import { emptyGentle, gentleOf } from './gentle-fields.ts';
import { GentleSection } from './gentle-section.tsx';
import { SchemaPicker } from './schema-picker.tsx';
import { ScopeCount } from './scope-count.tsx';
import { isEmptyScope, type ScopeFields, type ScopeMode, scopeOf } from './scope-fields.ts';
import { TablePicker } from './table-picker.tsx';

/** Asks what to back up and where to, and starts the job. */
export function BackupForm({ clusters, destinations }: { clusters?: Cluster[]; destinations?: Destination[] }) {
  const trpc = useTRPC();
  const cluster = useQuery({ ...trpc.cluster.list.queryOptions(), initialData: clusters });
  const destination = useQuery({ ...trpc.destination.list.queryOptions(), initialData: destinations });
  const crumbs = [{ name: 'Backups', href: '/backups' }];
  const error = cluster.error ?? destination.error;
  const missing = cluster.data?.length === 0 ? 'cluster' : destination.data?.length === 0 ? 'destination' : null;
  return (
    <Page title="Back up now" crumbs={crumbs}>
      <h1 className="sr-only">Back up now</h1>
      {missing !== null ? (
        <Card aria-label="Nothing to back up">
          <EmptyState
            title={missing === 'cluster' ? 'No cluster is registered' : 'No destination is registered'}
            action={
              <Button asChild variant="primary">
                <Link href={`/${missing}s/new`}>
                  {missing === 'cluster' ? 'Register a cluster' : 'Add a destination'}
                </Link>
              </Button>
            }
          >
            A backup needs a cluster to read and a destination to write to.
          </EmptyState>
        </Card>
      ) : cluster.data && destination.data ? (
        <Form clusters={cluster.data} destinations={destination.data} />
      ) : error ? (
        <ErrorPanel failure={failureOf(error)} />
      ) : null}
    </Page>
  );
}

const modes: { value: ScopeMode; title: string; note: string }[] = [
  { value: 'all', title: 'Everything', note: 'Every table of the cluster' },
  { value: 'schemas', title: 'Schemas', note: 'All tables of some' },
  { value: 'tables', title: 'Tables', note: 'Some, by name' },
  { value: 'patterns', title: 'Patterns', note: 'Whatever fits then' },
];

function Form({ clusters, destinations }: { clusters: Cluster[]; destinations: Destination[] }) {
  const trpc = useTRPC();
  const router = useRouter();
  const { params, set } = useAddress();
  const cluster = clusters.find(({ name }) => name === params.get('cluster')) ?? clusters[0]!;
  const destination = destinations.find(({ name }) => name === params.get('to')) ?? destinations[0]!;
  const hasSchemas = cluster.kind !== 'mysql';
  const [fields, setFields] = useState<ScopeFields>(() => ({
    mode: modes.find(({ value }) => value === params.get('scope'))?.value ?? (params.has('table') ? 'tables' : 'all'),
    schemas: new Set(),
    tables: new Set(params.getAll('table')),
    patterns: '',
    exclude: '',
  }));
  const [parallel, setParallel] = useState(String(usualReadConnections));
  const [gentle, setGentle] = useState(emptyGentle);
  const { value: bounds, wrong } = gentleOf(gentle);
  const change = (patch: Partial<ScopeFields>) => setFields({ ...fields, ...patch });
  const scope = scopeOf(fields, hasSchemas);
  const start = useMutation(
    trpc.backup.run.mutationOptions({ onSuccess: ({ number }) => router.push(`/jobs/${number}`) }),
  );
  const parallelWrong = !/^([1-9]|[12]\d|3[0-2])$/.test(parallel);
  const isWrong = isEmptyScope(scope) || parallelWrong || Object.keys(wrong).length > 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isWrong) return;
    start.mutate({
      clusterId: cluster.id,
      destinationId: destination.id,
      scope,
      parallel: Number(parallel),
      ...bounds,
    });
  };
  return (
    <form method="post" onSubmit={submit} className="max-w-[860px]">
      <Card aria-label="Backup">
        <FormSection title="From and to">
          <Field label="Cluster">
            <Select
              value={cluster.name}
              onChange={(event) => {
                set({ cluster: event.target.value }, { replace: true });
                change({ schemas: new Set(), tables: new Set() });
                setGentle({ ...gentle, readFrom: 'primary' });
              }}
            >
              {clusters.map(({ id, name }) => (
                <option key={id}>{name}</option>
              ))}
            </Select>
          </Field>
          <Field label="Destination" error={destination.probeError ? 'The last probe found it not usable.' : undefined}>
            <Select value={destination.name} onChange={(event) => set({ to: event.target.value }, { replace: true })}>
              {destinations.map(({ id, name }) => (
                <option key={id}>{name}</option>
              ))}
            </Select>
          </Field>
        </FormSection>
        <FormSection title="What" note="all of it at one instant">
          <div className="sm:col-span-2">
            <ChoiceCards<ScopeMode>
              label="What is backed up"
              value={fields.mode}
              onChange={(mode) => change({ mode })}
              choices={
                hasSchemas
                  ? modes
                  : modes.map((mode) => (mode.value === 'schemas' ? { ...mode, title: 'Databases' } : mode))
              }
            />
          </div>
          {fields.mode === 'all' ? null : (
            <div className="sm:col-span-2">
              {fields.mode === 'schemas' ? (
                <SchemaPicker
                  key={cluster.id}
                  clusterId={cluster.id}
                  hasSchemas={hasSchemas}
                  selected={fields.schemas}
                  onChange={(schemas) => change({ schemas })}
                />
              ) : fields.mode === 'tables' ? (
                <TablePicker
                  key={cluster.id}
                  clusterId={cluster.id}
                  selected={fields.tables}
                  onChange={(tables) => change({ tables })}
                />
              ) : (
                <Field label="Patterns" hint="One a line, over the whole name: * any run of characters, ? exactly one.">
                  <Textarea
                    mono
                    rows={3}
                    value={fields.patterns}
                    placeholder={hasSchemas ? 'postgres.public.transfer_*' : 'shop.order*'}
                    spellCheck={false}
                    onChange={(event) => change({ patterns: event.target.value })}
                  />
                </Field>
              )}
            </div>
          )}
          {fields.mode === 'tables' ? null : (
            <Field label="Leave out" hint="Patterns, one a line. They win." className="sm:col-span-2">
              <Textarea
                mono
                rows={2}
                value={fields.exclude}
                spellCheck={false}
                onChange={(event) => change({ exclude: event.target.value })}
              />
            </Field>
          )}
        </FormSection>
        <FormSection title="How">
          <Field
            label="Connections per storage node"
            hint="More are faster and weigh more on the node."
            error={parallelWrong ? 'A number from 1 to 32.' : undefined}
          >
            <Input
              value={parallel}
              inputMode="numeric"
              onChange={(event) => setParallel(event.target.value.trim())}
              className="w-24"
            />
          </Field>
        </FormSection>
        <GentleSection
          cluster={cluster}
          fields={gentle}
          wrong={wrong}
          onChange={(patch) => setGentle({ ...gentle, ...patch })}
        />
        {start.error ? (
          <div className="px-3 pb-3">
            <ErrorPanel outcome="No backup was started." failure={failureOf(start.error)} />
          </div>
        ) : null}
        <FormActions
          note={
            <span aria-live="polite">
              <ScopeCount clusterId={cluster.id} scope={scope} />
            </span>
          }
        >
          <Button type="submit" variant="primary" busy={start.isPending} disabled={isWrong}>
            Save and back up now
          </Button>
        </FormActions>
      </Card>
    </form>
  );
}
