import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { type CredentialsInput, credentialsInput } from '#server/contract/cluster.ts';
import { announce } from '#server/db/announce.ts';
import { openCredentials, storeCredentials } from './credentials.ts';
import type { SecretContext } from './register.ts';

/**
 * Replaces the credentials that are given; the others stay, and an empty password keeps the one there is. Errors:
 * `not-found`, `secret/key-mismatch` when a password is to be kept that this key cannot open.
 */
export async function changeCredentials(
  context: SecretContext,
  input: { clusterId: string; credentials?: CredentialsInput; storageCredentials?: CredentialsInput },
): Promise<void> {
  const { clusterId } = input;
  await context.db.$transaction(async (rows) => {
    const cluster = await rows.cluster.findUnique({ where: { id: clusterId }, include: { credentials: true } });
    if (!cluster) throw new TidemarkError('not-found', 'there is no such cluster');
    const complete = (purpose: 'main' | 'storage', given: CredentialsInput | undefined) => {
      if (!given) return undefined;
      const value = credentialsInput.parse(given);
      const row = cluster.credentials.find((credential) => credential.purpose === purpose);
      if (value.password !== '' || !row) return value;
      return { ...value, password: openCredentials(context.keyring, clusterId, row).password };
    };
    const main = complete('main', input.credentials);
    const storage = complete('storage', input.storageCredentials);
    await storeCredentials(rows, context.keyring, clusterId, { main, storage });
    await recordAudit(rows, context, {
      action: 'cluster.change-credentials',
      subject: cluster.name,
      detail: { user: main?.user, storageUser: storage?.user },
    });
    await announce(rows, { about: 'cluster', id: clusterId });
  });
}
