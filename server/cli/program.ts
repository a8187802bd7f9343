import { Command, CommanderError } from 'commander';
import type { Failure } from '#server/base/error.ts';
import { addArchiveCommands } from './archive/commands.ts';
import { addBackupCommands } from './backup/commands.ts';
import { addChangesCommand } from './changes/command.ts';
import { addClusterCommands } from './cluster/commands.ts';
import { addTableCommands } from './cluster/table-commands.ts';
import type { Runner } from './command-line.ts';
import { readConnection } from './connection.ts';
import { failureOf, openConsole } from './console.ts';
import { addDestinationCommands } from './destination/commands.ts';
import { type ExitCode, exitCodeOf, exitCodes } from './exit-code.ts';
import { addJobCommands } from './job/commands.ts';
import { createOutput } from './output.ts';
import { addRangeCommand } from './range/command.ts';
import { addRestoreCommands } from './restore/commands.ts';

const about = `Get one table back: backup and restore of single tables of database clusters.

Talks to the console at TIDEMARK_URL (default http://127.0.0.1:3000) with TIDEMARK_TOKEN, or on the console's own machine
with the token in TIDEMARK_DATA. Exit codes: 0 done, 1 failed, 2 usage, 3 partly failed, 130 stopped waiting.`;

/** Runs one command, as typed. Says everything itself; what is left is the exit code. */
export async function runCommandLine(
  args: readonly string[],
  env: Record<string, string | undefined>,
): Promise<ExitCode> {
  const out = createOutput(wantsJson(args));
  let exitCode: ExitCode = exitCodes.done;
  const session = { env, out, console: openConsole(() => readConnection(env)) };
  const run: Runner =
    (work) =>
    async (...given) => {
      exitCode = (await work(session, ...given)) ?? exitCodes.done;
    };
  try {
    await createProgram(run).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
    const failure = error instanceof CommanderError ? usageFailure(error) : failureOf(error);
    out.failure(failure);
    return exitCodeOf(failure);
  }
}

export function createProgram(run: Runner): Command {
  const program = new Command('tidemark')
    .description(about)
    .option('--json', 'one JSON document on standard output, and nothing else')
    .configureHelp({ showGlobalOptions: true })
    // What is wrong is said once, by us, in the form that was asked for.
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
  addClusterCommands(program, run);
  addTableCommands(program, run);
  addDestinationCommands(program, run);
  addBackupCommands(program, run);
  addArchiveCommands(program, run);
  addRangeCommand(program, run);
  addChangesCommand(program, run);
  addRestoreCommands(program, run);
  addJobCommands(program, run);
  return program;
}

/** Asked of the bare arguments, because what cannot be parsed has to be answered in that form too. */
export function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}

function usageFailure(error: CommanderError): Failure {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const noCommand = error.code === 'commander.help';
  return {
    code: 'input/invalid',
    message: noCommand ? 'no command is named' : first.charAt(0).toLowerCase() + first.slice(1).replace(/\.$/, ''),
    hint: `${rest.map((line) => line.replace(/^\((.*)\)$/, '$1')).join(' ')} Add --help to see what there is.`.trim(),
    context: {},
  };
}
