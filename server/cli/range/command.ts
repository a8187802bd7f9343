import type { AddCommands, Session } from '../command-line.ts';
import { exitCodes } from '../exit-code.ts';
import { rangeText } from './range-text.ts';

export const addRangeCommand: AddCommands = (program, run) => {
  program
    .command('range <cluster>')
    .description('the instants a table can be brought back to, and why not to the others')
    .requiredOption('--table <table>', 'this table')
    .action(run(range));
};

async function range({ console, out }: Session, name: string, options: { table: string }) {
  const { id: clusterId } = await console.cluster.show.query({ name });
  const { table } = options;
  const coverage = await console.table.coverage.query({ clusterId, table });
  for (const problem of coverage.problems) out.note(`not everything could be read: ${problem}`);
  out.result({ table, ...coverage }, () => rangeText({ cluster: name, table, coverage }));
  return exitCodes.done;
}
