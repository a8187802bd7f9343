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
      <Bound
        label="Bytes a second, at most"
        hint="Over all nodes together, before compression. Empty: as fast as it goes."
        error={wrong.rate}
        placeholder="50MiB"
        value={fields.rate}
        onChange={(rate) => onChange({ rate })}
      />
      <Bound
        label="Wait while a node runs more statements than"
        hint="Its Threads_running. Empty: it is not asked."
        error={wrong.threads}
        placeholder="20"
        inputMode="numeric"
        value={fields.threads}
        onChange={(threads) => onChange({ threads })}
      />
      <Bound
        label="Hold a snapshot open for, at most"
        hint="It keeps the server from purging. What is left then is read from a new one, at a later instant."
        error={wrong.age}
        value={fields.age}
        onChange={(age) => onChange({ age })}
      />
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

function Bound({
  label,
  hint,
  error,
  onChange,
  ...input
}: {
  label: string;
  hint: string;
  error: string | undefined;
  value: string;
  placeholder?: string;
  inputMode?: 'numeric';
  onChange: (text: string) => void;
}) {
  return (
    <Field label={label} hint={hint} error={error}>
      <Input
        {...input}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        className="w-32"
      />
    </Field>
  );
}
