import { type Command, Option } from 'commander';
import { type TlsInput, tlsInput } from '#server/contract/cluster.ts';
import { readOwnFile } from './own-file.ts';
import { usageError } from './usage-error.ts';

type Prefix = '' | 'storage-';
export type TlsOptions = Partial<Record<string, unknown>>;

const modes = ['disable', 'require', 'verify-ca', 'verify-full'];

/** `--tls-mode`, `--tls-ca`, `--tls-cert`, `--tls-key`, `--tls-server-name`, or the same for storage nodes. */
export function addTlsOptions(command: Command, prefix: Prefix): void {
  const of = prefix === '' ? 'the named address' : 'the storage nodes (default: as the named address)';
  command
    .addOption(
      new Option(`--${prefix}tls-mode <mode>`, `TLS to ${of}; verify-full when only its files are named`).choices(
        modes,
      ),
    )
    .option(`--${prefix}tls-ca <file>`, 'CA certificates, PEM')
    .option(`--${prefix}tls-cert <file>`, 'client certificate, PEM')
    .option(`--${prefix}tls-key <file>`, 'key of the client certificate, PEM')
    .option(`--${prefix}tls-server-name <name>`, 'name the certificate must be for, when it is not the host');
}

/** undefined when no option of these was given. Errors: usage, for files that cannot be read or hold no PEM. */
export function readTls(options: TlsOptions, prefix: Prefix): TlsInput | undefined {
  const key = (name: string) => (prefix === '' ? `tls${name}` : `storageTls${name}`);
  const value = (name: string) => options[key(name)] as string | undefined;
  const file = (name: string) => {
    const path = value(name);
    return path === undefined ? undefined : readOwnFile(path, `--${prefix}tls-${name.toLowerCase()}`);
  };
  const given = { ca: file('Ca'), cert: file('Cert'), key: file('Key'), serverName: value('ServerName') };
  const mode = value('Mode');
  const named = Object.values(given).some((part) => part !== undefined);
  if (mode === undefined && !named) return undefined;
  const read = tlsInput.safeParse({ mode: mode ?? 'verify-full', ...given });
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw usageError(`--${prefix}tls-${String(issue?.path[0])} is not acceptable`, `It has to be so: ${issue?.message}.`);
}

/** Storage nodes of one cluster are reached as safely as the node that was named, unless something else was said. */
export function storageTls(storage: TlsInput | undefined, main: TlsInput | undefined): TlsInput | undefined {
  if (storage || !main) return storage;
  return { ...main, serverName: undefined };
}
