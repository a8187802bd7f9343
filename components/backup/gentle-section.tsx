import { FormSection } from '#components/form/form-section.tsx';
import type { Cluster } from '#components/trpc/outputs.ts';
import { Field } from '#components/ui/field.tsx';
import { Input } from '#components/ui/input.tsx';
import { Select } from '#components/ui/select.tsx';
import type { GentleFields } from './gentle-fields.ts';

/** What the servers' own work is spared. */
export function GentleSection({
  cluster,
  fields,
  wrong,
  onChange,
}: {
  cluster: Cluster;
  fields: GentleFields;
  wrong: Partial<Record<keyof GentleFields, string>>;
  onChange: (patch: Partial<GentleFields>) => void;
}) {
  const replicas = cluster.replicas.map(({ node }) => node);
  return (
    <FormSection title="Gentle on the servers" note="their own work goes first">
      <Field
        label="Bytes a second, at most"
        hint="Over all nodes together, before compression. Empty: as fast as it goes."
        error={wrong.rate}
      >
        <Input
          value={fields.rate}
          placeholder="50MiB"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ rate: event.target.value })}
          className="w-32"
        />
      </Field>
      <Field
        label="Wait while a node runs more statements than"
        hint="Its Threads_running. Empty: it is not asked."
        error={wrong.threads}
      >
        <Input
          value={fields.threads}
          inputMode="numeric"
          placeholder="20"
          autoComplete="off"
          onChange={(event) => onChange({ threads: event.target.value })}
          className="w-32"
        />
      </Field>
      <Field
        label="Hold a snapshot open for, at most"
        hint="It keeps the server from purging. What is left then is read from a new one, at a later instant."
        error={wrong.age}
      >
        <Input
          value={fields.age}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ age: event.target.value })}
          className="w-32"
        />
      </Field>
      <Field
        label="Read the rows on"
        hint={
          replicas.length === 0
            ? `No replica is registered: tidemark cluster replicas ${cluster.name} --replica node=host:port`
            : `Replicas of ${replicas.join(', ')}. Positions are those of the nodes.`
        }
      >
        <Select
          value={fields.readFrom}
          disabled={replicas.length === 0}
          onChange={(event) => onChange({ readFrom: event.target.value as GentleFields['readFrom'] })}
        >
          <option value="primary">the storage nodes</option>
          <option value="replica">their replicas</option>
        </Select>
      </Field>
    </FormSection>
  );
}
