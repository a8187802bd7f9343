import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { Keyring } from '#server/config/keyring.ts';
import { type RegisterCluster, registerClusterInput } from '#server/contract/cluster.ts';
import { announce } from '#server/db/announce.ts';
import { isUniqueViolation } from '#server/db/client.ts';
import { newId } from '#server/db/new-id.ts';
import { storeCredentials } from './credentials.ts';

/** What verbs that take or open secrets are given. */
export interface SecretContext extends Context {
  readonly keyring: Keyring;
}

/**
 * Writes the cluster and its sealed credentials; connects to nothing (ask `test-connection` before, `topology` after).
 * Errors: `conflict/name-taken`.
 */
export async function registerCluster(context: SecretContext, given: RegisterCluster): Promise<{ clusterId: string }> {
  const input = registerClusterInput.parse(given);
  const { name, kind, address, replicas } = input;
  try {
    return await context.db.$transaction(async (rows) => {
      const clusterId = newId();
      await rows.cluster.create({
        data: { id: clusterId, name, kind, address, replicas, createdAt: context.clock.now() },
      });
      await storeCredentials(rows, context.keyring, clusterId, {
        main: input.credentials,
        storage: input.storageCredentials,
      });
      await recordAudit(rows, context, {
        action: 'cluster.register',
        subject: name,
        detail: { kind, host: address.host, port: address.port, user: input.credentials.user },
      });
      await announce(rows, { about: 'cluster', id: clusterId });
      return { clusterId };
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new TidemarkError('conflict/name-taken', `a cluster named ${name} is registered already`);
  }
}
