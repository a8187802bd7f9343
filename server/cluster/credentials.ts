import type { Keyring } from '#server/config/keyring.ts';
import { open, seal } from '#server/config/seal.ts';
import type { AddressInput, ClusterKind, CredentialsInput } from '#server/contract/cluster.ts';
import { credentialsInput } from '#server/contract/cluster.ts';
import type { Rows } from '#server/db/client.ts';

/** `main` opens the address of a cluster, `storage` the storage nodes of an `fdw` or `klustron` one. */
export type CredentialPurpose = 'main' | 'storage';

const placeOf = (clusterId: string, purpose: CredentialPurpose) => `cluster ${clusterId}, ${purpose} credentials`;
/** Where the credentials of a connection test belong: to no cluster yet, but to the address they were typed for. */
const testPlaceOf = ({ kind, address }: TestedCluster) =>
  `connection test of ${kind} ${address.host}:${address.port}/${address.database}`;

export async function storeCredentials(
  rows: Rows,
  keyring: Keyring,
  clusterId: string,
  given: Partial<Record<CredentialPurpose, CredentialsInput>>,
): Promise<void> {
  for (const purpose of ['main', 'storage'] as const) {
    const value = given[purpose];
    if (!value) continue;
    const columns = {
      sealed: seal(keyring, JSON.stringify(value), placeOf(clusterId, purpose)),
      userName: value.user,
      tlsMode: value.tls.mode,
      changedAt: new Date(),
    };
    await rows.clusterCredential.upsert({
      where: { clusterId_purpose: { clusterId, purpose } },
      create: { clusterId, purpose, ...columns },
      update: columns,
    });
  }
}

/** For an executor only. Errors: `secret/key-mismatch`. */
export function openCredentials(
  keyring: Keyring,
  clusterId: string,
  row: { purpose: string; sealed: string },
): CredentialsInput {
  const place = placeOf(clusterId, row.purpose as CredentialPurpose);
  return credentialsInput.parse(JSON.parse(open(keyring, row.sealed, place)));
}

export interface TestCredentials {
  main: CredentialsInput;
  storage?: CredentialsInput;
}

export interface TestedCluster {
  kind: ClusterKind;
  address: AddressInput;
}

/** For the question `test-connection`, which is asked before there is a cluster. Opens for that address only. */
export const sealForTest = (keyring: Keyring, asked: TestedCluster, given: TestCredentials): string =>
  seal(keyring, JSON.stringify(given), testPlaceOf(asked));

/** Errors: `secret/key-mismatch`, also when they were sealed for another address. */
export function openForTest(keyring: Keyring, asked: TestedCluster, sealed: string): TestCredentials {
  return JSON.parse(open(keyring, sealed, testPlaceOf(asked))) as TestCredentials;
}
