import { Option } from 'commander';
import { namePartsOf } from '#server/contract/cluster.ts';
import { type AddCommands, type Session, wholeNumber } from '../command-line.ts';
import { exitCodes } from '../exit-code.ts';
import { parseInstant } from '../restore-point.ts';
import { canonicalName } from '../table-choice.ts';
import { changesText } from './changes-text.ts';

interface ChangesOptions {
  table: string;
  from?: string;
  to?: string;
  transactions?: boolean;
  order: 'biggest' | 'newest';
  limit: number;
}

export const addChangesCommand: AddCommands = (program, run) => {
  program
    .command('changes <cluster>')
    .description('how many rows of a table were changed when, from the log archive')
    .requiredOption('--table <table>', 'this table')
    .option('--from <instant>', 'from here on, ISO 8601 with an offset (default: a day before --to)')
    .option('--to <instant>', 'up to here (default: now)')
    .option('--transactions', 'the transactions, each of which restore --before-tx and --after-tx take')
    .addOption(new Option('--order <order>', 'of transactions').choices(['biggest', 'newest']).default('biggest'))
    .option('--limit <count>', 'how many transactions', wholeNumber('--limit', 1, 500), 50)
    .action(run(changes));
};

async function changes({ console, out }: Session, name: string, options: ChangesOptions) {
  const { transactions = false, order, limit } = options;
  const from = options.from === undefined ? null : parseInstant('--from', options.from);
  const to = options.to === undefined ? null : parseInstant('--to', options.to);
  const { id: clusterId, kind } = await console.cluster.show.query({ name });
  const table = canonicalName(options.table, namePartsOf(kind));
  const asked = { clusterId, table, from, to, order, limit: transactions ? limit : 0 };
  const answer = await console.changes.list.query(asked);
  const { transactions: listed, next, listedAbove, ...histogram } = answer;
  for (const { from: since, to: until, reason } of answer.unknown)
    out.note(`not known ${since} to ${until}: ${reason}`);
  const document = transactions ? { ...histogram, transactions: listed, listedAbove, more: next !== null } : histogram;
  out.result(document, () => changesText(name, answer, transactions));
  return exitCodes.done;
}
