import { Option } from 'commander';
import { leastByteRate, snapshotAge } from '#server/contract/backup.ts';
import { type AddCommands, duration, size, wholeNumber } from '../command-line.ts';
import { listBackups } from './list.ts';
import { removeBackup, verifyBackup } from './on-one.ts';
import { runBackup } from './run.ts';
import { showBackup } from './show.ts';

export const addBackupCommands: AddCommands = (program, run) => {
  const backup = program.command('backup').description('what can be brought back');
  backup
    .command('run <cluster>')
    .description('back up tables, now')
    .option('--table <name...>', 'these tables: database.schema.table, or database.table on kind mysql')
    .option('--schema <name...>', 'all tables of these schemas')
    .option('--database <name...>', 'all tables of these databases')
    .option('--like <glob...>', "all tables whose names match, as in '*.public.order_*'")
    .option('--all', 'every table')
    .option('--exclude <glob...>', 'but not tables whose names match')
    .addOption(new Option('--method <method>', 'how').choices(['logical', 'physical']).default('logical'))
    .option('--to <destination>', 'where to (default: the only destination there is)')
    .option('--parallel <count>', 'connections per storage node', wholeNumber('--parallel', 1, 32))
    .option('--max-rate <bytes>', 'read at most this much a second, as in 50MiB', size(leastByteRate))
    .option(
      '--max-threads-running <count>',
      'begin nothing on a node while more sessions than this run a statement there',
      wholeNumber('--max-threads-running', 1, 100_000),
    )
    .addOption(
      new Option('--read-from <side>', 'read the rows on the nodes, or on the replicas registered for them')
        .choices(['primary', 'replica'])
        .default('primary'),
    )
    .option(
      '--max-snapshot-age <duration>',
      'read what is left from a new snapshot after this long (default: 6h)',
      duration(snapshotAge.maxMs, snapshotAge.minMs),
    )
    .option('--wait', 'wait for its end')
    .action(run(runBackup));
  backup
    .command('list')
    .description('the newest backups')
    .option('--cluster <name>', 'only of this cluster')
    .option('--table <name>', 'only those that hold this table')
    .option('--limit <count>', 'how many', wholeNumber('--limit', 1, 500), 50)
    .action(run(listBackups));
  backup.command('show <id>').description('one backup, with its tables').action(run(showBackup));
  backup
    .command('verify <id>')
    .description('read every object again and compare every digest')
    .option('--no-wait', 'do not wait for its end')
    .action(run(verifyBackup));
  backup
    .command('remove <id>')
    .description('remove a backup from its destination')
    .option('--no-wait', 'do not wait for its end')
    .action(run(removeBackup));
};
