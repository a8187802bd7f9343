import { TidemarkError } from '#server/base/error.ts';
import { type ClusterKind, type RegisterCluster, registerClusterInput } from '#server/contract/cluster.ts';
import { parseClusterUrl } from '../cluster-url.ts';
import type { Session } from '../command-line.ts';
import { failureOf, type Outputs } from '../console.ts';
import { exitCodes } from '../exit-code.ts';
import { failureText } from '../output.ts';
import { readPassword } from '../password.ts';
import { readTls, storageTls, type TlsOptions } from '../tls.ts';
import { usageError } from '../usage-error.ts';
import { checkText, clusterDetailDocument, clusterText } from './document.ts';
import { replicaOf } from './replica.ts';

interface Options extends TlsOptions {
  kind: ClusterKind;
  url: string;
  force?: boolean;
  passwordEnv?: string;
  storageUser?: string;
  storagePasswordEnv?: string;
  replica?: string[];
}

/**
 * Tests the connection, registers, looks at the tables. With `--force` a failed test is no hindrance. A cluster whose
 * tables could not be read after that is registered all the same, and a note says why.
 */
export async function addCluster({ console, env, out }: Session, name: string, options: Options) {
  const input = await readInput(env, name, options);
  if (!input.force) refuseUnreached(await console.cluster.testConnection.mutate(input), (line) => out.note(line));
  const { clusterId } = await console.cluster.register.mutate(input);
  try {
    await console.cluster.refresh.mutate({ clusterId });
  } catch (error) {
    out.note(`the cluster is registered, but its tables were not read yet\n${failureText(failureOf(error))}`);
  }
  const cluster = await console.cluster.show.query({ id: clusterId });
  out.result({ cluster: clusterDetailDocument(cluster) }, () => clusterText(cluster));
  return exitCodes.done;
}

async function readInput(env: Session['env'], name: string, options: Options): Promise<RegisterCluster> {
  const { kind, force } = options;
  const { user, address } = parseClusterUrl(options.url, kind);
  const tls = readTls(options, '');
  const stored = storageTls(readTls(options, 'storage-'), tls);
  const password = await readPassword(env, '--password-env', options.passwordEnv, `Password of ${user}`);
  const input = {
    name,
    kind,
    address,
    credentials: { user, password: password ?? '', tls },
    storageCredentials: undefined as object | undefined,
    replicas: (options.replica ?? []).map((text) => replicaOf(text, { name, kind })),
    force,
  };
  if (kind === 'fdw' || kind === 'klustron') {
    const storageUser = options.storageUser ?? user;
    const question = `Password of ${storageUser} on the storage nodes`;
    const own = await readPassword(env, '--storage-password-env', options.storagePasswordEnv, question);
    // A password is never tried for another user than the one it was given for.
    const inherited = storageUser === user ? (password ?? '') : '';
    input.storageCredentials = { user: storageUser, password: own ?? inherited, tls: stored };
  } else if (options.storageUser !== undefined || options.storagePasswordEnv !== undefined) {
    throw usageError(`a cluster of kind ${kind} has no storage nodes of its own`, 'Leave the storage options out.');
  }
  const read = registerClusterInput.safeParse(input);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw usageError(`${issue?.path.join('.')}: ${issue?.message}`, 'Correct the named value.');
}

/** A node that does not answer, or lets nobody in, is said before anything is registered; lesser findings are notes. */
function refuseUnreached({ checks }: Outputs['cluster']['testConnection'], note: (line: string) => void): void {
  const shut = checks.find(({ id, state }) => state === 'bad' && (id === 'reachable' || id === 'sign-in'));
  if (shut) {
    const code = shut.id === 'sign-in' ? 'node/access-denied' : 'node/unreachable';
    throw new TidemarkError(code, `${shut.node}: ${shut.detail}`, {
      hint: `${shut.fix} Nothing was registered; --force registers it as it is.`.trim(),
      context: { node: shut.node, checks: checks.filter(({ state }) => state === 'bad') },
    });
  }
  if (checks.some(({ state }) => state === 'bad')) note(checkText(checks));
}
