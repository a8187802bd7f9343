import { Option } from 'commander';
import { formatBytes } from '#components/format/bytes.ts';
import { destinationKinds, registerDestinationInput } from '#server/contract/destination.ts';
import type { AddCommands, Session } from '../command-line.ts';
import type { Outputs } from '../console.ts';
import { exitCodes } from '../exit-code.ts';
import { followJob } from '../job/follow.ts';
import { textFields, textTable } from '../text-table.ts';
import { usageError } from '../usage-error.ts';

type DestinationView = Outputs['destination']['list'][number];

export const addDestinationCommands: AddCommands = (program, run) => {
  const destination = program.command('destination').description('the places where backups are kept');
  destination
    .command('add <name>')
    .description('register a place, and look whether an executor can use it')
    .addOption(new Option('--kind <kind>', 'what it is').choices(destinationKinds).makeOptionMandatory())
    .requiredOption('--path <path>', 'absolute path on the machine of the executor')
    .action(run(add));
  destination.command('list').description('all destinations').action(run(list));
  destination
    .command('remove <name>')
    .description('forget a destination; nothing on it is touched')
    .option('--forget', 'although backups lie on it')
    .action(run(remove));
};

async function add(session: Session, name: string, options: { kind: string; path: string }) {
  const { console, out } = session;
  const input = registerDestinationInput.safeParse({ name, ...options });
  if (!input.success) {
    const [issue] = input.error.issues;
    throw usageError(`${issue?.path.join('.')}: ${issue?.message}`, 'Correct the named value.');
  }
  const { destinationId, probe } = await console.destination.register.mutate(input.data);
  const { job } = await followJob(session, probe.jobId, { quiet: true, mostMs: 15_000 });
  const destination = destinationDocument(await console.destination.show.query({ id: destinationId }));
  const failed = job?.state === 'failed' && job.error;
  out.result(failed ? { destination, error: job.error } : { destination }, () => destinationText(destination));
  if (failed) {
    out.note(`${name} is registered, but cannot be used: ${failed.message}\n${failed.hint}`);
    return exitCodes.failed;
  }
  if (job?.state !== 'succeeded') out.note(`${name} is registered; no executor has looked at it yet`);
  return exitCodes.done;
}

async function list({ console, out }: Session) {
  const destinations = (await console.destination.list.query()).map(destinationDocument);
  out.result({ destinations }, () =>
    textTable(
      ['name', 'kind', 'path', '>backups', '>stored', '>free', 'problem'],
      destinations.map((one) => [
        one.name,
        one.kind,
        one.path,
        one.backups,
        formatBytes(one.storedBytes),
        freeText(one),
        one.problem?.message ?? ' ',
      ]),
      'no destination is registered',
    ),
  );
  return exitCodes.done;
}

async function remove({ console, out }: Session, name: string, options: { forget?: boolean }) {
  const { id } = await console.destination.show.query({ name });
  await console.destination.remove.mutate({ destinationId: id, forget: options.forget });
  out.result({ removed: name }, () => `destination ${name} is forgotten; nothing on it was touched`);
  return exitCodes.done;
}

/** What scripts get to see of a destination. */
function destinationDocument(view: DestinationView) {
  const { id, name, kind, config, backups, storedBytes, freeBytes, probedAt, probeError } = view;
  return { id, name, kind, path: config.path, backups, storedBytes, freeBytes, probedAt, problem: probeError };
}

type DestinationDocument = ReturnType<typeof destinationDocument>;

const freeText = ({ freeBytes }: DestinationDocument) => (freeBytes === null ? null : formatBytes(freeBytes));

const destinationText = (one: DestinationDocument): string =>
  textFields([
    ['destination', `${one.name} (${one.kind})`],
    ['path', one.path],
    ['free', freeText(one)],
  ]);
