import { FormSection } from '#components/form/form-section.tsx';
import { Field } from '#components/ui/field.tsx';
import { Input } from '#components/ui/input.tsx';
import { PasswordInput } from '#components/ui/password-input.tsx';
import { Select } from '#components/ui/select.tsx';
import { Textarea } from '#components/ui/textarea.tsx';
import type { TlsInput } from '#server/contract/cluster.ts';
import { type CredentialFields, tlsModes, tlsModeWords } from './cluster-fields.ts';

/** User, password and how the connection is secured. `path` is where these lie in the API's input. */
export function CredentialSection({
  title,
  note,
  path,
  value,
  onChange,
  errorOf,
}: {
  title: string;
  note: string;
  path: string;
  value: CredentialFields;
  onChange: (value: CredentialFields) => void;
  errorOf: (field: string) => string | undefined;
}) {
  const set = (patch: Partial<CredentialFields>) => onChange({ ...value, ...patch });
  const pem = (name: 'ca' | 'cert' | 'key', label: string, hint: string) => (
    <Field label={label} hint={hint} error={errorOf(`${path}.tls.${name}`)} className="sm:col-span-2">
      <Textarea
        mono
        rows={3}
        name={`${path}.tls.${name}`}
        value={value[name]}
        placeholder={name === 'key' ? '-----BEGIN PRIVATE KEY-----' : '-----BEGIN CERTIFICATE-----'}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => set({ [name]: event.target.value })}
      />
    </Field>
  );
  return (
    <FormSection title={title} note={note}>
      <Field label="User" error={errorOf(`${path}.user`)} required>
        <Input
          name={`${path}.user`}
          value={value.user}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => set({ user: event.target.value })}
        />
      </Field>
      <Field label="Password" hint="Sealed when it is saved; only an executor opens it.">
        <PasswordInput
          name={`${path}.password`}
          value={value.password}
          autoComplete="new-password"
          onChange={(event) => set({ password: event.target.value })}
        />
      </Field>
      <Field label="Connection">
        <Select value={value.tlsMode} onChange={(event) => set({ tlsMode: event.target.value as TlsInput['mode'] })}>
          {tlsModes.map((mode) => (
            <option key={mode} value={mode}>
              {tlsModeWords[mode]}
            </option>
          ))}
        </Select>
      </Field>
      {value.tlsMode === 'disable' ? null : (
        <>
          <Field label="Server name" hint="When the certificate names another host than the address.">
            <Input
              name={`${path}.tls.serverName`}
              value={value.serverName}
              onChange={(event) => set({ serverName: event.target.value })}
            />
          </Field>
          {value.tlsMode === 'require'
            ? null
            : pem('ca', 'CA certificate', 'PEM. Empty: what the executor trusts anyway.')}
          {pem('cert', 'Client certificate', 'PEM. Only where the server asks for one.')}
          {pem('key', 'Client key', 'PEM, without a passphrase.')}
        </>
      )}
    </FormSection>
  );
}
