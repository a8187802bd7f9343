import { z } from 'zod';

export const clusterKinds = ['fdw', 'klustron', 'mysql', 'postgres'] as const;
export const clusterKind = z.enum(clusterKinds);
export type ClusterKind = z.infer<typeof clusterKind>;

export type NodeRole = 'computing' | 'storage';
export type NodeEngine = 'postgres' | 'mysql';
/** How many parts a table name has on this kind. */
export const namePartsOf = (kind: ClusterKind): 2 | 3 => (kind === 'mysql' ? 2 : 3);

const pem = z
  .string()
  .max(100_000)
  .refine((text) => text.includes('-----BEGIN '), 'paste the PEM text, with its BEGIN line');

export const tlsInput = z.object({
  mode: z.enum(['disable', 'require', 'verify-ca', 'verify-full']).default('disable'),
  ca: pem.optional(),
  cert: pem.optional(),
  key: pem.optional(),
  serverName: z.string().max(255).optional(),
});
export type TlsInput = z.infer<typeof tlsInput>;

export const resourceName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'use 1 to 63 of a-z, 0-9, "-" and "_", beginning with a letter or digit');

const port = z.number().int().min(1).max(65_535);

export const addressInput = z.object({
  host: z.string().min(1).max(255),
  port,
  /** The database of the computing node that holds the foreign tables; unused on `mysql`. */
  database: z.string().max(63).default(''),
});
export type AddressInput = z.infer<typeof addressInput>;

/**
 * A replica of one storage node, which backups may read instead of it. Opened with the credentials of the node: accounts
 * are replicated. `node` is the name that inspect shows; on `mysql` it is the cluster's.
 */
export const replicaAddress = z.object({ node: z.string().min(1).max(64), host: z.string().min(1).max(255), port });
export type ReplicaAddress = z.infer<typeof replicaAddress>;

/** `node=host:port`, or `host:port` where `onlyNode` is meant; null when it is neither. */
export function parseReplicaAddress(text: string, onlyNode?: string): ReplicaAddress | null {
  const [, node = onlyNode, bracketed, plain, port] =
    /^(?:([^=]+)=)?(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text.trim()) ?? [];
  const found = replicaAddress.safeParse({ node, host: bracketed ?? plain, port: Number(port) });
  return found.data ?? null;
}

export const replicasInput = z
  .array(replicaAddress)
  .max(1_000)
  .refine((replicas) => new Set(replicas.map(({ node }) => node)).size === replicas.length, 'one replica a node');

export const credentialsInput = z.object({
  user: z.string().min(1).max(128),
  password: z.string().max(1_024).default(''),
  tls: tlsInput.default({ mode: 'disable' }),
});
export type CredentialsInput = z.infer<typeof credentialsInput>;

/** A change of credentials there are: without `tls` its settings stay, and an empty password keeps the present one. */
export const changedCredentialsInput = credentialsInput.extend({ tls: tlsInput.optional() });
export type ChangedCredentials = z.infer<typeof changedCredentialsInput>;

/** `credentials` open the named address; `storageCredentials` open every storage node of an `fdw`/`klustron` cluster. */
export const registerClusterInput = z
  .object({
    name: resourceName,
    kind: clusterKind,
    address: addressInput,
    credentials: credentialsInput,
    storageCredentials: credentialsInput.optional(),
    replicas: replicasInput.default([]),
    /** Register although the connection test fails (a cluster that is down right now). */
    force: z.boolean().default(false),
  })
  .superRefine((input, ctx) => {
    if ((input.kind === 'fdw' || input.kind === 'klustron') && !input.storageCredentials) {
      ctx.addIssue({ code: 'custom', path: ['storageCredentials'], message: 'name the user for the storage nodes' });
    }
    if (input.kind !== 'mysql' && input.address.database === '') {
      ctx.addIssue({
        code: 'custom',
        path: ['address', 'database'],
        message: 'name the database on the computing node',
      });
    }
  });
/** As it may be asked for: what is left out has a default. */
export type RegisterCluster = z.input<typeof registerClusterInput>;

export const checkStates = ['ok', 'warn', 'bad', 'unknown'] as const;
export type CheckState = (typeof checkStates)[number];

/** One finding about one node: `detail` says what was found, `fix` what to do (empty when ok). */
export const nodeCheck = z.object({
  node: z.string(),
  id: z.string(),
  label: z.string(),
  state: z.enum(checkStates),
  detail: z.string(),
  fix: z.string(),
});
export type NodeCheck = z.infer<typeof nodeCheck>;

export const nodeInfo = z.object({
  name: z.string(),
  role: z.enum(['computing', 'storage']),
  engine: z.enum(['postgres', 'mysql']),
  host: z.string(),
  port: z.number().int(),
  version: z.string().nullable(),
  flavor: z.enum(['postgres', 'mariadb', 'mysql']).nullable(),
  reachable: z.boolean(),
  /** Free bytes where tables lie, null where the server cannot tell. */
  freeBytes: z.number().nullable(),
  timeZone: z.string().nullable(),
  clockSkewMs: z.number().nullable(),
});
export type NodeInfo = z.infer<typeof nodeInfo>;

export const fragmentInfo = z.object({
  node: z.string(),
  database: z.string(),
  table: z.string(),
  /** Name of the leaf partition on the computing node; null where the table is one piece. */
  partition: z.string().nullable(),
  estimatedRows: z.number(),
  bytes: z.number(),
  engine: z.string().nullable(),
});
export type FragmentInfo = z.infer<typeof fragmentInfo>;

export const tableInfo = z.object({
  name: z.string(),
  database: z.string(),
  schema: z.string(),
  table: z.string(),
  kind: z.enum(['table', 'partitioned', 'view', 'sequence']),
  estimatedRows: z.number(),
  bytes: z.number(),
  fragments: z.array(fragmentInfo),
  /** Why this table cannot be backed up; null when it can. */
  problem: z.string().nullable(),
});
export type TableInfo = z.infer<typeof tableInfo>;

/** What `inspect` sees of a cluster at one moment. */
export const topology = z.object({
  kind: clusterKind,
  takenAt: z.iso.datetime({ offset: true }),
  nodes: z.array(nodeInfo),
  tables: z.array(tableInfo),
});
export type Topology = z.infer<typeof topology>;
