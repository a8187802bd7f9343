import { type Command, Option } from 'commander';
import { clusterKinds } from '#server/contract/cluster.ts';
import type { AddCommands, Session } from '../command-line.ts';
import { exitCodes } from '../exit-code.ts';
import { addTlsOptions } from '../tls.ts';
import { addCluster } from './add.ts';
import { changeClusterCredentials } from './credentials.ts';
import { clusterDetailDocument, clusterDocument, clusterTable, clusterText } from './document.ts';
import { setClusterReplicas } from './replica.ts';

export const addClusterCommands: AddCommands = (program, run) => {
  const cluster = program.command('cluster').description('the clusters that are backed up');

  const add = cluster
    .command('add <name>')
    .description('register a cluster: tests the connection, then looks at its tables')
    .addOption(new Option('--kind <kind>', 'what it is').choices(clusterKinds).makeOptionMandatory())
    .requiredOption('--url <url>', 'postgres://user@host:port/db or mysql://user@host:port, without a password')
    .option('--replica <address...>', 'a replica that may be read instead of a storage node: node=host:port')
    .option('--force', 'register it although the connection test fails');
  addCredentialOptions(add);
  add.action(run(addCluster));

  cluster.command('list').description('all clusters').action(run(list));
  cluster.command('show <name>').description('nodes, checks and users of a cluster').action(run(show));
  cluster
    .command('check <name>')
    .description('look at a cluster again, now; exit 1 when a check is bad')
    .action(run(check));
  cluster.command('remove <name>').description('forget a cluster; its backups stay').action(run(remove));

  cluster
    .command('replicas <name>')
    .description('say which replicas may be read instead of storage nodes; without --replica: none')
    .option('--replica <address...>', 'node=host:port')
    .action(run(setClusterReplicas));

  const credentials = cluster
    .command('credentials <name>')
    .description('change users, passwords or TLS of a cluster')
    .option('--user <user>', 'user at the named address (default: as before)');
  addCredentialOptions(credentials);
  credentials.action(run(changeClusterCredentials));
};

function addCredentialOptions(command: Command): void {
  command
    .option('--password-env <variable>', 'environment variable that holds the password; asked for on a terminal')
    .option('--storage-user <user>', 'user on the storage nodes of kinds fdw and klustron (default: the same user)')
    .option('--storage-password-env <variable>', 'environment variable that holds the password of the storage nodes');
  addTlsOptions(command, '');
  addTlsOptions(command, 'storage-');
}

async function list({ console, out }: Session) {
  const clusters = await console.cluster.list.query();
  out.result({ clusters: clusters.map(clusterDocument) }, () => clusterTable(clusters));
  return exitCodes.done;
}

async function show({ console, out }: Session, name: string) {
  const cluster = await console.cluster.show.query({ name });
  out.result({ cluster: clusterDetailDocument(cluster) }, () => clusterText(cluster));
  return exitCodes.done;
}

async function check({ console, out }: Session, name: string) {
  const { id } = await console.cluster.show.query({ name });
  await console.cluster.refresh.mutate({ clusterId: id });
  const cluster = await console.cluster.show.query({ name });
  out.result({ cluster: clusterDetailDocument(cluster) }, () => clusterText(cluster));
  return cluster.checkCounts.bad > 0 ? exitCodes.failed : exitCodes.done;
}

async function remove({ console, out }: Session, name: string) {
  const { id } = await console.cluster.show.query({ name });
  await console.cluster.remove.mutate({ clusterId: id });
  out.result({ removed: name }, () => `cluster ${name} is forgotten; its backups stay where they are`);
  return exitCodes.done;
}
