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
import { registerDestinationInput } from '#server/contract/destination.ts';

const later = 'Not in this version.';

/** Registers a place for backups; an executor probes it at once and its page shows what came of that. */
export function DestinationForm() {
  const trpc = useTRPC();
  const router = useRouter();
  const [fields, setFields] = useState({ name: '', path: '' });
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const save = useMutation(
    trpc.destination.register.mutationOptions({ onSuccess: (_, { name }) => router.push(`/destinations/${name}`) }),
  );
  const errorOf = (field: string) => problems.find((problem) => problem.field === field)?.message;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = registerDestinationInput.safeParse({
      kind: 'fs',
      name: fields.name.trim(),
      path: fields.path.trim(),
    });
    const issues = found.error?.issues ?? [];
    setProblems(
      issues.map(({ path, message }) => ({
        field: path.join('.'),
        message: `${path[0] === 'name' ? 'Name' : 'Path'}: ${message}`,
      })),
    );
    if (found.data) save.mutate(found.data);
  };
  return (
    <Page title="Add" crumbs={[{ name: 'Destinations', href: '/destinations' }]}>
      <h1 className="sr-only">Add a destination</h1>
      <form method="post" onSubmit={submit} noValidate className="max-w-[860px]">
        <Card aria-label="Destination">
          <FormSection title="What it is">
            <div className="sm:col-span-2">
              <ChoiceCards
                label="Kind"
                value="fs"
                onChange={() => {}}
                choices={[
                  { value: 'fs', title: 'fs', note: 'A folder on the machine of the executor' },
                  { value: 's3', title: 's3', note: '', refused: later },
                  { value: 'sftp', title: 'sftp', note: '', refused: later },
                  { value: 'webhdfs', title: 'webhdfs', note: '', refused: later },
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
                onChange={(event) => setFields({ ...fields, name: event.target.value })}
              />
            </Field>
            <Field
              label="Path"
              hint="Absolute. Several executors need the same folder there."
              error={errorOf('path')}
              required
            >
              <Input
                name="path"
                value={fields.path}
                placeholder="/var/lib/tidemark/backups"
                autoComplete="off"
                autoCapitalize="off"
                spellCheck={false}
                onChange={(event) => setFields({ ...fields, path: event.target.value })}
              />
            </Field>
          </FormSection>
          <div className="flex flex-col gap-3 px-3 empty:hidden [&:not(:empty)]:pb-3">
            <ErrorSummary problems={problems} />
            {save.error ? <ErrorPanel outcome="Nothing was saved." failure={failureOf(save.error)} /> : null}
          </div>
          <FormActions note="An executor makes the repository there, or takes the one it finds.">
            <Button type="submit" variant="primary" busy={save.isPending}>
              Save
            </Button>
          </FormActions>
        </Card>
      </form>
    </Page>
  );
}
