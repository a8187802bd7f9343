#!/usr/bin/env node
// Runs server/cli.ts by the Node that came with the packages: the one on this machine may be too old for it. Arguments,
// standard streams and signals pass through, and so does how it ended.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ours = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
const script = fileURLToPath(new URL('../server/cli.ts', import.meta.url));
const child = spawn(existsSync(ours) ? ours : process.execPath, [script, ...process.argv.slice(2)], {
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});

// A terminal sends its signals to both of us. Ours is passed on as a message: a second signal would kill a child that is
// just saying its last words, a message that comes too late does nothing.
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
for (const signal of signals) process.on(signal, () => child.connected && child.send(signal, () => {}));

child.on('error', (error) => {
  process.stderr.write(`error: the command line could not start: ${error.message}\n`);
  process.exitCode = 1;
});
child.on('exit', (code, signal) => {
  if (signal === null) {
    process.exitCode = code ?? 1;
    return;
  }
  for (const name of signals) process.removeAllListeners(name);
  process.kill(process.pid, signal);
});
