import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { type ChangedCredentials, type CredentialsInput, changedCredentialsInput } from '#server/contract/cluster.ts';
import { announce } from '#server/db/announce.ts';
import { openCredentials, storeCredentials } from './credentials.ts';
import type { SecretContext } from './register.ts';

/**
 * Replaces the credentials that are given; the others stay, and an empty password keeps the one there is, as does TLS
 * that is not said: nobody falls back to plain text by changing a password. Errors: `not-found`, `secret/key-mismatch`
 * when something is to be kept that this key cannot open.
 */
export async function changeCredentials(
  context: SecretContext,
  input: { clusterId: string; credentials?: ChangedCredentials; storageCredentials?: ChangedCredentials },
): Promise<void> {
  const { clusterId } = input;
  await context.db.$transaction(async (rows) => {
    const cluster = await rows.cluster.findUnique({ where: { id: clusterId }, include: { credentials: true } });
    if (!cluster) throw new TidemarkError('not-found', 'there is no such cluster');
    const complete = (
      purpose: 'main' | 'storage',
      given: ChangedCredentials | undefined,
    ): CredentialsInput | undefined => {
      if (!given) return undefined;
      const { user, password, tls } = changedCredentialsInput.parse(given);
      const row = cluster.credentials.find((credential) => credential.purpose === purpose);
      const keeps = row && (password === '' || !tls);
      const present = keeps ? openCredentials(context.keyring, clusterId, row) : undefined;
      return {
        user,
        password: password === '' ? (present?.password ?? '') : password,
        tls: tls ?? present?.tls ?? { mode: 'disable' },
      };
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
