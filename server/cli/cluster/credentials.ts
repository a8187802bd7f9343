import type { ChangedCredentials } from '#server/contract/cluster.ts';
import type { Session } from '../command-line.ts';
import type { Outputs } from '../console.ts';
import { exitCodes } from '../exit-code.ts';
import { readPassword } from '../password.ts';
import { readTls, type TlsOptions } from '../tls.ts';
import { usageError } from '../usage-error.ts';
import { clusterDetailDocument, clusterText } from './document.ts';

interface Options extends TlsOptions {
  user?: string;
  passwordEnv?: string;
  storageUser?: string;
  storagePasswordEnv?: string;
}

type Prefix = '' | 'storage-';

/**
 * Changes what is named and keeps the rest, then looks whether the cluster lets us in. TLS is stored as a whole:
 * without a word of it, it stays as it is.
 */
export async function changeClusterCredentials(session: Session, name: string, options: Options) {
  const { console, out } = session;
  const before = await console.cluster.show.query({ name });
  const main = await readOne(session, before, '', options.user, options.passwordEnv, options);
  const storage = await readOne(session, before, 'storage-', options.storageUser, options.storagePasswordEnv, options);
  if (!main && !storage) {
    throw usageError(
      'nothing to change is named',
      'Give --user, --password-env or TLS options, or those of --storage-….',
    );
  }
  const clusterId = before.id;
  await console.cluster.changeCredentials.mutate({ clusterId, credentials: main, storageCredentials: storage });
  await console.cluster.refresh.mutate({ clusterId });
  const cluster = await console.cluster.show.query({ id: clusterId });
  out.result({ cluster: clusterDetailDocument(cluster) }, () => clusterText(cluster));
  return cluster.checks.some(({ id, state }) => id === 'sign-in' && state === 'bad')
    ? exitCodes.failed
    : exitCodes.done;
}

/** undefined when nothing of it was named. An empty password keeps the one there is. */
async function readOne(
  { env }: Session,
  cluster: Outputs['cluster']['show'],
  prefix: Prefix,
  user: string | undefined,
  passwordEnv: string | undefined,
  options: Options,
): Promise<ChangedCredentials | undefined> {
  const tls = readTls(options, prefix);
  if (user === undefined && passwordEnv === undefined && !tls) return undefined;
  const present = cluster.credentials.find(({ purpose }) => purpose === (prefix === '' ? 'main' : 'storage'));
  if (!present) throw usageError(`cluster ${cluster.name} has no storage nodes of its own`, 'Leave these options out.');
  const who = user ?? present.user;
  const question = `Password of ${who} (empty: as before)`;
  const password = await readPassword(env, `--${prefix}password-env`, passwordEnv, question);
  return { user: who, password: password ?? '', tls };
}
