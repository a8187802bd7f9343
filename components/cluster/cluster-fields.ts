import type { z } from 'zod';
import type { FieldProblem } from '#components/form/error-summary.tsx';
import {
  type ClusterKind,
  parseReplicaAddress,
  type registerClusterInput,
  type TlsInput,
  tlsInput,
} from '#server/contract/cluster.ts';

/** Credentials as they are typed: all text. */
export interface CredentialFields {
  user: string;
  password: string;
  tlsMode: TlsInput['mode'];
  ca: string;
  cert: string;
  key: string;
  serverName: string;
}

export interface ClusterFields {
  name: string;
  kind: ClusterKind;
  host: string;
  port: string;
  database: string;
  main: CredentialFields;
  storage: CredentialFields;
  /** One a line: node=host:port. */
  replicas: string;
}

export const tlsModes = tlsInput.shape.mode.unwrap().options;

export const tlsModeWords: Record<TlsInput['mode'], string> = {
  disable: 'No TLS',
  require: 'TLS, certificate not checked',
  'verify-ca': 'TLS, certificate checked',
  'verify-full': 'TLS, certificate and name checked',
};

export const defaultPorts: Record<ClusterKind, string> = {
  fdw: '5432',
  klustron: '5432',
  postgres: '5432',
  mysql: '3306',
};

export const emptyCredentials: CredentialFields = {
  user: '',
  password: '',
  tlsMode: 'disable',
  ca: '',
  cert: '',
  key: '',
  serverName: '',
};

export const emptyCluster: ClusterFields = {
  name: '',
  kind: 'fdw',
  host: '',
  port: '5432',
  database: '',
  main: emptyCredentials,
  storage: emptyCredentials,
  replicas: '',
};

export const hasStorageCredentials = (kind: ClusterKind): boolean => kind === 'fdw' || kind === 'klustron';

export function credentialsOf(fields: CredentialFields) {
  const filled = (text: string) => (text.trim() === '' ? undefined : text);
  const { tlsMode: mode } = fields;
  const tls =
    mode === 'disable'
      ? { mode }
      : {
          mode,
          ca: filled(fields.ca),
          cert: filled(fields.cert),
          key: filled(fields.key),
          serverName: filled(fields.serverName),
        };
  return { user: fields.user, password: fields.password, tls };
}

/** What the API is asked; a port that is no number stays wrong and is found by the schema. */
export function clusterInputOf(fields: ClusterFields): z.input<typeof registerClusterInput> {
  return {
    name: fields.name.trim(),
    kind: fields.kind,
    address: {
      host: fields.host.trim(),
      port: /^\d+$/.test(fields.port.trim()) ? Number(fields.port) : Number.NaN,
      database: fields.kind === 'mysql' ? '' : fields.database.trim(),
    },
    credentials: credentialsOf(fields.main),
    replicas: replicasOf(fields),
    ...(hasStorageCredentials(fields.kind) && { storageCredentials: credentialsOf(fields.storage) }),
  };
}

/** A line that is no node=host:port stays wrong and is found by the schema. */
function replicasOf({ replicas, name, kind }: ClusterFields) {
  const lines = replicas.split('\n').flatMap((line) => line.trim() || []);
  const onlyNode = kind === 'mysql' ? name.trim() : undefined;
  return lines.map((line) => parseReplicaAddress(line, onlyNode) ?? { node: line, host: '', port: 0 });
}

const fieldNames: Record<string, string> = {
  name: 'Name',
  replicas: 'Replicas',
  'address.host': 'Host',
  'address.port': 'Port',
  'address.database': 'Database',
  user: 'User',
  ca: 'CA certificate',
  cert: 'Client certificate',
  key: 'Client key',
};

/** The schema's findings, each under the name of its field. */
export function problemsOf(issues: readonly { path: PropertyKey[]; message: string }[]): FieldProblem[] {
  return issues.map(({ path, message }) => {
    const field = path[0] === 'replicas' ? 'replicas' : path.join('.');
    const named = fieldNames[field] ?? fieldNames[String(path.at(-1))] ?? field;
    const words = /^(Too small|Invalid input)/.test(message) ? 'is missing or not a value it can have' : message;
    return { field, message: `${named}: ${words}` };
  });
}
