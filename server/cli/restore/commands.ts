import type { Command } from 'commander';
import { leastByteRate } from '#server/contract/backup.ts';
import { type AddCommands, duration, size, wholeNumber } from '../command-line.ts';
import { showRestorePlan } from './plan.ts';
import { runRestore } from './run.ts';

const longestKeptMs = 365 * 86_400_000;

export const addRestoreCommands: AddCommands = (program, run) => {
  const restore = program.command('restore').description('bring tables back');
  const plan = restore
    .command('plan <cluster>')
    .description('the exact restore that would run, with its checks; changes nothing');
  addRestoreOptions(plan);
  plan.action(run(showRestorePlan));
  const start = restore.command('run <cluster>').description('make a plan and run it');
  addRestoreOptions(start);
  start.option('--wait', 'wait for its end').action(run(runRestore));
};

function addRestoreOptions(command: Command): void {
  command
    .option('--table <source=target...>', 'these tables; without a target beside the live one, under a new name')
    .option('--table-list <file>', 'the same from a file, a name a line, # begins a comment')
    .option('--restore-target-list <file>', 'targets of the table list, a name a line, in its order')
    .option('--backup <id>', 'to the own instant of this backup')
    .option('--at <instant>', 'to this instant, ISO 8601 with an offset, or to the latest that is archived: latest')
    .option(
      '--before-tx <id>',
      'to just before this transaction: a GTID, with its node as in s1:0-1-42, or xa: and an id',
    )
    .option('--after-tx <id>', 'to just after this transaction')
    .option('--into <cluster>', 'into another cluster')
    .option('--clean', 'replace existing targets; the live table is kept aside')
    .option('--keep-for <duration>', 'how long it is kept with --clean (default 7d)', duration(longestKeptMs))
    .option('--foreign-keys', 'make foreign keys on copies, too')
    .option('--triggers', 'make triggers on copies, too')
    .option('--parallel <count>', 'connections per storage node', wholeNumber('--parallel', 1, 32))
    .option('--max-rate <bytes>', 'load at most this much a second, as in 50MiB', size(leastByteRate))
    .option(
      '--max-replica-lag <duration>',
      'send nothing more while a replica of a node is further behind, as in 10s',
      duration(86_400_000, 1_000),
    )
    .option('--no-log-bin', 'keep it out of the binlog: replicas and later archives do not get the tables');
}
