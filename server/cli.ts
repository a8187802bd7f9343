/** The command line: `npx tidemark …`. Talks to a console, and to nothing else. */
import { runCommandLine } from './cli/program.ts';

// Not process.exit: what was written to a pipe must arrive first.
process.exitCode = await runCommandLine(process.argv.slice(2), process.env);
