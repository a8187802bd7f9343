'use client';
import { ChoiceCards } from '#components/form/choice-cards.tsx';
import { FormSection } from '#components/form/form-section.tsx';
import { plural } from '#components/format/number.ts';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { CheckboxLine } from '#components/ui/checkbox.tsx';
import { Field } from '#components/ui/field.tsx';
import { Input } from '#components/ui/input.tsx';
import { Select } from '#components/ui/select.tsx';
import { usualLoadConnections } from '#server/contract/restore.ts';
import { boundOf, type Place } from './restore-choice.ts';
import type { StepProps } from './step-props.ts';
import { TargetFields } from './target-fields.tsx';

const keepDays = [
  [0, 'Not at all: it is dropped by the next sweep'],
  [1, '1 day'],
  [7, '7 days'],
  [30, '30 days'],
  [90, '90 days'],
] as const;

/** Where the tables land, and under which names. */
export function WhereStep({ choice, cluster, clusters, change }: StepProps) {
  const others = clusters.filter(({ name }) => name !== cluster.name);
  const what = choice.tables.length === 1 ? 'table' : 'tables';
  const set = (patch: Parameters<typeof change>[0]) => change(patch, { replace: true });
  return (
    <>
      <ChoiceCards<Place>
        label="Where it lands"
        value={choice.where}
        onChange={(where) => set({ where, into: where === 'cluster' ? choice.into || (others[0]?.name ?? '') : '' })}
        choices={[
          {
            value: 'beside',
            title: `Beside the live ${what}`,
            note: `A new name on ${cluster.name}. Nothing that is there is touched.`,
          },
          {
            value: 'cluster',
            title: 'Into another cluster',
            note: 'Any number of nodes there; fragments are balanced over them.',
            refused: others.length === 0 ? 'No other cluster is registered.' : undefined,
          },
          {
            value: 'in-place',
            title: 'In place',
            note: `Replaces the live ${what}; what is there now is kept aside for a while.`,
          },
        ]}
      />
      <Card aria-label="Targets">
        {choice.where === 'cluster' ? (
          <FormSection title="Target cluster">
            <Field label="Cluster">
              <Select
                value={choice.into}
                onChange={(event) => set({ into: event.target.value, targets: {}, placement: {} })}
              >
                {others.map(({ id, name, kind }) => (
                  <option key={id} value={name}>
                    {name} ({kind})
                  </option>
                ))}
              </Select>
            </Field>
          </FormSection>
        ) : null}
        {choice.where === 'in-place' ? (
          <FormSection title="What is replaced" note={plural(choice.tables.length, 'live table')}>
            <Field
              label="The replaced table is kept for"
              hint="Under another name on its own nodes, so that the restore can be undone."
            >
              <Select value={choice.keepDays} onChange={(event) => set({ keepDays: Number(event.target.value) })}>
                {keepDays.map(([days, words]) => (
                  <option key={days} value={days}>
                    {words}
                  </option>
                ))}
              </Select>
            </Field>
          </FormSection>
        ) : (
          <>
            <CardHeader title="Names" note="empty takes the name that is shown" />
            <TargetFields choice={choice} cluster={cluster} change={change} />
          </>
        )}
        <FormSection title="How" className="border-t border-line!">
          <Field label="Connections per storage node" hint="More are faster and weigh more on the node.">
            <Input
              key={choice.parallel}
              type="number"
              min={1}
              max={32}
              defaultValue={choice.parallel}
              onBlur={({ target }) => {
                const parallel = Math.min(32, Math.max(1, Math.round(Number(target.value)) || usualLoadConnections));
                target.value = String(parallel);
                set({ parallel });
              }}
              className="w-24"
            />
          </Field>
          <Field label="Load at most, MiB a second" hint="Of all connections together. Empty: as fast as it goes.">
            <NumberInput value={choice.maxRateMiB} onSet={(maxRateMiB) => set({ maxRateMiB })} />
          </Field>
          <Field
            label="Wait while a replica is behind by more than, seconds"
            hint="Of the node that is being loaded. Empty: replicas are not looked at."
          >
            <NumberInput
              value={choice.maxReplicaLagSeconds}
              onSet={(maxReplicaLagSeconds) => set({ maxReplicaLagSeconds })}
            />
          </Field>
          {choice.where === 'in-place' ? null : (
            <div className="flex flex-col gap-2">
              <CheckboxLine
                label="Foreign keys, too"
                hint="Of a copy they are off: a copy with them can hold up the live tables."
                checked={choice.foreignKeys}
                onCheckedChange={(on) => set({ foreignKeys: on === true })}
              />
              <CheckboxLine
                label="Triggers, too"
                hint="Of a copy they are off: they would act again."
                checked={choice.triggers}
                onCheckedChange={(on) => set({ triggers: on === true })}
              />
              <CheckboxLine
                label="Keep it out of the binlog"
                hint="A little faster. Replicas and later log archives do not get these tables; a replica stops at their first later change."
                checked={!choice.logBin}
                onCheckedChange={(on) => set({ logBin: on !== true })}
              />
            </div>
          )}
        </FormSection>
      </Card>
    </>
  );
}

/** A bound that may be left out: empty is 0. What holds is what is shown, whatever was typed. */
function NumberInput({ value, onSet }: { value: number; onSet: (value: number) => void }) {
  return (
    <Input
      key={value}
      type="number"
      min={1}
      max={9_999}
      defaultValue={value === 0 ? '' : value}
      onBlur={({ target }) => {
        const bound = boundOf(target.value);
        target.value = bound === 0 ? '' : String(bound);
        onSet(bound);
      }}
      className="w-24"
    />
  );
}
