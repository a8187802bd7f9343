import type { z } from 'zod';
import { TidemarkError } from '#server/base/error.ts';
import { openCredentials, openForTest } from '#server/cluster/credentials.ts';
import type { Keyring } from '#server/config/keyring.ts';
import {
  addressInput,
  type ClusterKind,
  type CredentialsInput,
  clusterKind,
  type ReplicaAddress,
  replicasInput,
} from '#server/contract/cluster.ts';
import type { Database } from '#server/db/client.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage, type StorageAddress } from '#server/storage/open.ts';

/** The name of the PostgreSQL node of a cluster, in rows, checks and errors. */
const computingNode = 'computing';

export interface ConnectContext {
  readonly db: Database;
  readonly keyring: Keyring;
}

/**
 * Rows and sealed credentials become the access of a cluster: here, in an executor, and nowhere else. Nothing is opened
 * yet. Errors: `not-found`, `secret/key-mismatch`.
 */
export async function connectCluster({ db, keyring }: ConnectContext, clusterId: string): Promise<ClusterAccess> {
  const cluster = await db.cluster.findUnique({ where: { id: clusterId }, include: { credentials: true } });
  if (!cluster) throw new TidemarkError('not-found', 'the cluster was removed', { context: { clusterId } });
  const opened = (purpose: 'main' | 'storage') => {
    const row = cluster.credentials.find((credential) => credential.purpose === purpose);
    return row && openCredentials(keyring, clusterId, row);
  };
  return accessOf({
    id: cluster.id,
    name: cluster.name,
    kind: clusterKind.parse(cluster.kind),
    address: addressInput.parse(cluster.address),
    replicas: replicasInput.parse(cluster.replicas),
    main: opened('main'),
    storage: opened('storage'),
  });
}

/** For the question whether a cluster that is not registered yet can be reached. */
export function connectForTest(
  keyring: Keyring,
  asked: { kind: ClusterKind; address: z.infer<typeof addressInput>; sealed: string },
): ClusterAccess {
  return accessOf({ id: 'test', name: 'test', ...asked, ...openForTest(keyring, asked, asked.sealed) });
}

function accessOf(given: {
  id: string;
  name: string;
  kind: ClusterKind;
  address: z.infer<typeof addressInput>;
  replicas?: readonly ReplicaAddress[];
  main: CredentialsInput | undefined;
  storage?: CredentialsInput;
}): ClusterAccess {
  const { id, name, kind, address, main, storage } = given;
  const replicas = new Map((given.replicas ?? []).map(({ node, host, port }) => [node, { host, port }]));
  if (!main) throw new TidemarkError('not-found', `cluster ${name} has no credentials`, { hint: 'Enter them again.' });
  if (kind === 'mysql') {
    return { kind, id, name, replicas, node: { node: name, host: address.host, port: address.port, ...main } };
  }
  const computing = { node: computingNode, ...address, ...main };
  if (kind === 'postgres') return { kind, id, name, computing };
  if (!storage) {
    throw new TidemarkError('not-found', `cluster ${name} has no credentials for its storage nodes`, {
      hint: 'Enter them again.',
    });
  }
  return { kind, id, name, replicas, computing, storage };
}

/**
 * The access of one storage node by its name, at the address where it was last seen: the computing node need not answer.
 * Errors: `not-found`.
 */
export async function connectStorageNode(db: Database, cluster: ClusterAccess, node: string): Promise<MysqlAccess> {
  if (cluster.kind === 'mysql' && node === cluster.name) return cluster.node;
  const seen = await db.node.findUnique({ where: { clusterId_name: { clusterId: cluster.id, name: node } } });
  if (seen?.engine !== 'mysql' || !('storage' in cluster)) {
    throw new TidemarkError('not-found', `node ${node} is no storage node of cluster ${cluster.name} any more`, {
      hint: 'Look at the cluster again when that is not so.',
      context: { node },
    });
  }
  return { node, host: seen.host, port: seen.port, ...cluster.storage };
}

export interface OpenDestination {
  readonly id: string;
  readonly name: string;
  readonly storage: Storage;
}

/** The caller closes `storage`. Errors: `not-found`, and those of the driver. */
export async function openDestination(db: Database, destinationId: string): Promise<OpenDestination> {
  const row = await db.destination.findUnique({ where: { id: destinationId } });
  if (!row) throw new TidemarkError('not-found', 'the destination was removed', { context: { destinationId } });
  const address = { kind: row.kind, ...(row.config as object) } as StorageAddress;
  return { id: row.id, name: row.name, storage: await openStorage(address) };
}
