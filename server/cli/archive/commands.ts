import type { AddCommands, Session } from '../command-line.ts';
import { exitCodes } from '../exit-code.ts';
import { archiveText } from './document.ts';

export const addArchiveCommands: AddCommands = (program, run) => {
  const archive = program
    .command('archive')
    .description("the continuous copy of the logs of a cluster's storage nodes");
  archive
    .command('start <cluster>')
    .description('archive the log from now on, or go on with it')
    .option('--to <destination>', 'where to (default: where it went before, or the only destination there is)')
    .action(run(start));
  archive.command('stop <cluster>').description('archive nothing more; what was archived stays').action(run(stop));
  archive
    .command('status <cluster>')
    .description('how far the log of each storage node is archived; exit 1 when one of them fails')
    .action(run(status));
};

async function start(session: Session, name: string, options: { to?: string }) {
  const { console } = session;
  const { id: clusterId } = await console.cluster.show.query({ name });
  const destination = options.to === undefined ? undefined : await console.destination.show.query({ name: options.to });
  await console.archive.start.mutate({ clusterId, destinationId: destination?.id });
  await say(session, name);
  return exitCodes.done;
}

async function stop(session: Session, name: string) {
  const { console } = session;
  const { id: clusterId } = await console.cluster.show.query({ name });
  await console.archive.stop.mutate({ clusterId });
  await say(session, name);
  return exitCodes.done;
}

async function status(session: Session, name: string) {
  const { streams } = await say(session, name);
  return streams.some(({ state }) => state === 'failed') ? exitCodes.failed : exitCodes.done;
}

async function say({ console, out }: Session, name: string) {
  const archive = await console.archive.status.query({ name });
  const { cluster, destination, wanted, changedAt, streams } = archive;
  out.result({ cluster: cluster.name, destination: destination?.name ?? null, wanted, changedAt, streams }, () =>
    archiveText(archive),
  );
  return archive;
}
