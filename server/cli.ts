/** The command line: `npx tidemark …`. Talks to a console, and to nothing else. */
import { runCommandLine } from './cli/program.ts';

// bin/tidemark.js tells of signals it got, and of its own end by hanging up.
process.on('message', (signal: NodeJS.Signals) => process.emit(signal) || process.kill(process.pid, signal));
process.on('disconnect', () => process.exit(1));
process.channel?.unref();

// Not process.exit: what was written to a pipe must arrive first.
process.exitCode = await runCommandLine(process.argv.slice(2), process.env);
